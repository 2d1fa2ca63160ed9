/** Notices when the simulator itself does not get to run: its machine was suspended or is overloaded. */
import type { JournalFile } from './journal.ts';

const LOOK_MS = 100;
/** Shorter hold-ups are within what everything that is timed is forgiven. */
const HELD_UP_MS = 1_000;

interface HoldUpDeps {
  readonly nowMs: () => number;
  readonly journal: Pick<JournalFile, 'heldUp'>;
}

/** Notes every hold-up of more than a second in the journal, until it is disposed. */
export function watchHoldUps({ nowMs, journal }: HoldUpDeps): Disposable {
  let lookedMs = nowMs();
  const timer = setInterval(() => {
    const atMs = nowMs();
    if (atMs - lookedMs > HELD_UP_MS) journal.heldUp(lookedMs, atMs);
    lookedMs = atMs;
  }, LOOK_MS);
  return {
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
