/** Requests to the API of a hub, timed. */

import { percentile } from '../src/statistics.ts';
import type { Measurement } from './result.ts';

/** Milliseconds until the whole answer is there. Throws when it is not a good one. */
export async function timed(hubUrl: string, path: string, isGood: (body: unknown) => boolean): Promise<number> {
  const startedMs = performance.now();
  const response = await fetch(`${hubUrl}${path}`);
  const text = await response.text();
  const ms = performance.now() - startedMs;
  if (!response.ok || !isGood(JSON.parse(text)))
    throw new Error(`Cannot measure ${path}: status ${response.status}, ${text.slice(0, 300)}`);
  return ms;
}

type Anchor = NonNullable<Measurement['anchor']>;

/** Median and 95th percentile of the times of each round. */
export function quantiles(rounds: readonly (readonly number[])[], anchors: { p50?: Anchor; p95?: Anchor } = {}): Measurement[] {
  const { p50, p95 } = anchors;
  return [
    { what: 'p50, ms', rounds: rounds.map((times) => percentile(times, 50)), ...(p50 && { anchor: p50 }) },
    { what: 'p95, ms', rounds: rounds.map((times) => percentile(times, 95)), ...(p95 && { anchor: p95 }) },
  ];
}

export function summary(times: readonly number[]): string {
  return `p50 ${percentile(times, 50).toFixed(0)} ms, p95 ${percentile(times, 95).toFixed(0)} ms of ${times.length}`;
}
