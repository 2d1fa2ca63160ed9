import { orAborted } from './or-aborted.ts';

interface Reading<T> {
  readonly result: Promise<T>;
  readonly ending: AbortController;
  waiting: number;
  /** It is read for those who come later, who have something older meanwhile: not aborted when nobody waits. */
  kept: boolean;
}

/**
 * Returns a function that reads at most once per freshMs and once at a time, however many ask. A failed reading is not kept. Who
 * aborts stops waiting at once; a reading for which nobody waits any more is aborted, once what was read before is not usable any more.
 * @param now a clock in ms
 * @param usableMs what is no longer fresh, but not so old either, is still returned at once, and read anew meanwhile
 */
export function cached<T>(
  freshMs: number,
  now: () => number,
  read: (signal: AbortSignal) => Promise<T>,
  usableMs = freshMs,
): (signal?: AbortSignal) => Promise<T> {
  let value: { readonly atMs: number; readonly result: T } | undefined;
  let reading: Reading<T> | undefined;
  return async (signal) => {
    signal?.throwIfAborted();
    // The distance in both directions: a clock that is set back must not keep a value for hours.
    const ageMs = value === undefined ? Number.POSITIVE_INFINITY : Math.abs(now() - value.atMs);
    if (value !== undefined && ageMs < freshMs) return value.result;
    reading ??= start();
    if (value !== undefined && ageMs < usableMs) {
      reading.kept = true;
      return value.result;
    }
    const mine = reading;
    mine.kept = false;
    mine.waiting++;
    try {
      return await orAborted(mine.result, signal);
    } finally {
      if (--mine.waiting === 0 && !mine.kept) {
        mine.ending.abort(new Error('Nobody waits for this reading any more'));
        if (reading === mine) reading = undefined;
      }
    }
  };

  function start(): Reading<T> {
    const ending = new AbortController();
    const started: Reading<T> = { result: load(ending.signal), ending, waiting: 0, kept: false };
    const end = (): void => {
      if (reading === started) reading = undefined;
    };
    // Here too, because those who wait may all have left.
    started.result.then(end, end);
    return started;
  }

  async function load(signal: AbortSignal): Promise<T> {
    const atMs = now();
    const result = await read(signal);
    value = { atMs, result };
    return result;
  }
}
