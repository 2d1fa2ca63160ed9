/** A value that swings around its middle, with a period of its own. */
import { between } from './random.ts';

const TURN = 2 * Math.PI;

/** `mid` ± `reach`, in a wave of one to ninety minutes that the key decides. */
export function swing(key: number, atMs: number, mid: number, reach: number): number {
  const periodMs = Math.floor(between(key, 60_000, 5_400_000));
  return mid + reach * Math.sin((TURN * (atMs % periodMs)) / periodMs);
}
