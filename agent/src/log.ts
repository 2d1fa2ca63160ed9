import { destination, type Logger, pino } from 'pino';
import type { Clock } from './clock.ts';

/** Logs JSON lines to stdout. They are written in blocks: a line costs no system call, and a stop flushes them. */
export function createLog(level: string): Logger {
  return pino(
    { level, base: { app: 'poplar-agent' } },
    destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 1000 }),
  );
}

/** Lets a repeated message through once per interval. */
export interface Repeats {
  /** Calls `write` with the number of calls suppressed since the last one, or counts this call. `key` names the message. */
  limit(key: string, write: (suppressed: number) => void): void;
  /** Lets every message through again at once: what they spoke of is over. */
  clear(): void;
}

const INTERVAL_MS = 60_000;

export function createRepeats(clock: Pick<Clock, 'monotonicMs'>): Repeats {
  const last = new Map<string, { readonly atMs: number; suppressed: number }>();
  return {
    limit(key, write) {
      const nowMs = clock.monotonicMs();
      const entry = last.get(key);
      if (entry !== undefined && nowMs - entry.atMs < INTERVAL_MS) {
        entry.suppressed++;
        return;
      }
      last.set(key, { atMs: nowMs, suppressed: 0 });
      write(entry?.suppressed ?? 0);
    },
    clear: () => last.clear(),
  };
}
