import { destination, type Logger, pino } from 'pino';
import type { Clock } from './clock.ts';

/** Kept in memory for a stdout that takes nothing; lines beyond it are dropped. */
const WAITING_BYTES_MAX = 2 ** 20;
/** A process that ends offers stdout its last lines for so long. */
const LAST_LINES_MS = 1000;

/**
 * Logs JSON lines to stdout. They are written in blocks: a line costs no system call, and a stop flushes them. A stdout
 * that refuses (its disk is full) or that nobody reads costs lines and nothing else: `onDrop` hears of each, and the log says how
 * many when it takes lines again.
 */
export function createLog(level: string, onDrop: () => void = () => {}): Logger {
  // A pipe does not block: pino has Node open process.stdout, which sees to that.
  let endsByMs = Number.POSITIVE_INFINITY;
  const out = destination({
    fd: 1,
    sync: false,
    minLength: 4096,
    maxLength: WAITING_BYTES_MAX,
    periodicFlush: 1000,
    retryEAGAIN: () => performance.now() < endsByMs,
  });
  const log = pino({ level, base: { app: 'poplar-agent' } }, out);
  const flushAll = out.flushSync.bind(out);
  const flushSync = (): void => {
    endsByMs = performance.now() + LAST_LINES_MS;
    try {
      flushAll();
    } catch {
      // Nobody took them in that time.
    }
    endsByMs = Number.POSITIVE_INFINITY;
  };
  out.flushSync = flushSync;
  let dropped = 0;
  out.on('drop', () => {
    dropped++;
    onDrop();
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
