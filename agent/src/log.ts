import { destination, type Logger, pino } from 'pino';
import type { Clock } from './clock.ts';

/** Kept in memory for a stdout that takes nothing; lines beyond it are dropped. */
const WAITING_BYTES_MAX = 2 ** 20;

/**
 * Logs JSON lines to stdout. They are written in blocks: a line costs no system call, and a stop flushes them. A stdout
 * that refuses (its disk is full) costs lines and nothing else: they are counted, and said when it takes lines again.
 */
export function createLog(level: string): Logger {
  const out = destination({ fd: 1, sync: false, minLength: 4096, maxLength: WAITING_BYTES_MAX, periodicFlush: 1000 });
  const log = pino({ level, base: { app: 'poplar-agent' } }, out);
  const flushSync = out.flushSync.bind(out);
  let dropped = 0;
  out.on('drop', () => {
    dropped++;
  });
  out.on('error', () => {
    // At its exit the process would try the same write for ever.
    out.flushSync = () => undefined;
  });
  out.on('write', (bytes) => {
    if (bytes === 0) return;
    out.flushSync = flushSync;
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    log.warn({ lines }, 'Lost log lines: stdout could not be written');
  });
  return log;
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
