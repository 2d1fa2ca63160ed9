import { destination, type Logger, pino } from 'pino';

/** Lines that wait for stdout, bytes; what comes on top is dropped and counted. */
const WAITING_BYTES_MAX = 2 ** 20;

/**
 * Logs to stdout as JSON lines, written in blocks: a line costs no system call, and a stop flushes. A stdout that refuses (a full
 * disk) costs lines, never memory or the process; `onDrop` hears of each line lost.
 */
export function createLog(level: string, onDrop: () => void = () => {}): Logger {
  const out = destination({ fd: 1, sync: false, minLength: 4096, maxLength: WAITING_BYTES_MAX, periodicFlush: 1000 });
  out.on('drop', onDrop);
  out.on('error', () => {
    // At exit pino flushes and retries for ever what the disk refuses: the process would never end.
    out.flushSync = () => undefined;
  });
  return pino({ level, base: { app: 'poplar-hub' } }, out);
}
