/**
 * Preloaded into a process (`node --import`), lets a test set its wall clock while it runs: the file named by the variable says by how many
 * milliseconds it is off. The monotonic clock goes on, as under NTP or an operator's hand.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

export const CLOCK_SHIFT_FILE = 'POPLAR_CLOCK_SHIFT_FILE';

/** How long a process may go on by the old time, milliseconds. */
const NOTICED_MS = 20;

/** Sets the wall clock of the processes that were given the file. */
export function setClockShift(file: string, shiftMs: number): void {
  writeFileSync(`${file}.new`, String(shiftMs));
  renameSync(`${file}.new`, file);
}

function shiftOwnClock(file: string): void {
  const trueNow = Date.now;
  let readAtMs = 0;
  let shiftMs = 0;
  Date.now = () => {
    const nowMs = trueNow();
    if (nowMs - readAtMs >= NOTICED_MS) {
      readAtMs = nowMs;
      shiftMs = Number(readFileSync(file, 'utf8'));
    }
    return nowMs + shiftMs;
  };
}

const ownFile = process.env[CLOCK_SHIFT_FILE];
if (ownFile !== undefined) shiftOwnClock(ownFile);
