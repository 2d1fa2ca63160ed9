/**
 * Returns a function that reads at most once per freshMs and once at a time, however many ask. A failed reading is not kept.
 * @param now a clock in ms
 */
export function cached<T>(freshMs: number, now: () => number, read: () => Promise<T>): () => Promise<T> {
  let value: { readonly atMs: number; readonly result: T } | undefined;
  let reading: Promise<T> | undefined;
  return () => {
    // The distance in both directions: a clock that is set back must not keep a value for hours.
    if (value !== undefined && Math.abs(now() - value.atMs) < freshMs) return Promise.resolve(value.result);
    reading ??= load().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  async function load(): Promise<T> {
    const atMs = now();
    const result = await read();
    value = { atMs, result };
    return result;
  }
}
