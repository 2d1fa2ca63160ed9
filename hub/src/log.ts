import { destination, type Logger, pino } from 'pino';

/** Lines that wait for stdout, bytes; what comes on top is dropped and counted. */
const WAITING_BYTES_MAX = 2 ** 20;
/** A process that ends offers stdout its last lines for so long. */
const LAST_LINES_MS = 1000;

/**
 * Logs to stdout as JSON lines, written in blocks: a line costs no system call, and a stop flushes. A stdout that refuses (a full
 * disk) or that nobody reads costs lines, never memory or the end of the process; `onDrop` hears of each line lost.
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
  const flushSync = out.flushSync.bind(out);
  out.flushSync = () => {
    endsByMs = performance.now() + LAST_LINES_MS;
    try {
      flushSync();
    } catch {
      // Nobody took them in that time.
    }
    endsByMs = Number.POSITIVE_INFINITY;
  };
  out.on('drop', onDrop);
  out.on('error', () => {
    // At exit pino flushes and retries for ever what the disk refuses: the process would never end.
    out.flushSync = () => undefined;
  });
  return pino({ level, base: { app: 'poplar-hub' } }, out);
}
