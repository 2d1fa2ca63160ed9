import { Problem } from './problem.ts';

/** Longest range of one request, ms. */
export const RANGE_MAX_MS = 31 * 24 * 3600_000;

/** Completes a request's range. @throws Problem 400 when it is empty, reversed or too long */
export function completeRange(
  query: { readonly from_ms?: number | undefined; readonly to_ms?: number | undefined },
  nowMs: number,
  defaultMs: number,
): { fromMs: number; toMs: number } {
  const toMs = query.to_ms ?? nowMs;
  const fromMs = query.from_ms ?? toMs - defaultMs;
  if (fromMs >= toMs)
    throw new Problem(400, `from_ms ${fromMs} is not before to_ms ${toMs}. Exchange them.`, { parameter: 'from_ms' });
  if (toMs - fromMs > RANGE_MAX_MS)
    throw new Problem(
      400,
      `The range is ${days(toMs - fromMs)} days long, ${days(RANGE_MAX_MS)} is the limit. Ask for parts of it.`,
      {
        parameter: 'from_ms',
      },
    );
  return { fromMs, toMs };
}

function days(ms: number): number {
  return Math.round(ms / 864_000) / 100;
}
