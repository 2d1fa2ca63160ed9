import type { InterfaceSeries } from '@poplar/hub/api/schemas';

/** What the graph draws: in above zero, out below, a null where nothing is known. */
export interface Mirrored {
  /** Unix milliseconds, ascending. */
  readonly tsMs: number[];
  readonly rx: (number | null)[];
  /** Negative. */
  readonly tx: (number | null)[];
  readonly rxMax: (number | null)[];
  /** Negative. */
  readonly txMax: (number | null)[];
  /** The newest point with a figure; null when there is none. */
  readonly newestMs: number | null;
}

function negative(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : value === 0 ? 0 : -value;
}

/**
 * Turns a series into what is drawn: steps, each as long as its bucket. Gaps break the line even where the series has no
 * point inside them, and so does any step of more than three times the resolution: a line over missing samples would
 * be a claim.
 */
export function mirrorSeries(series: InterfaceSeries): Mirrored {
  const drawn: Mirrored = { tsMs: [], rx: [], tx: [], rxMax: [], txMax: [], newestMs: null };
  let newestMs: number | null = null;
  let gapIndex = 0;
  const push = (ms: number, index: number | null): void => {
    drawn.tsMs.push(ms);
    drawn.rx.push(index === null ? null : (series.rx_bps[index] ?? null));
    drawn.tx.push(index === null ? null : negative(series.tx_bps[index]));
    // A peak that only reaches into a bucket without samples of its own is drawn where its samples are.
    drawn.rxMax.push(drawn.rx.at(-1) === null || index === null ? null : (series.rx_max_bps[index] ?? null));
    drawn.txMax.push(drawn.tx.at(-1) === null || index === null ? null : negative(series.tx_max_bps[index]));
  };
  const isKnown = (index: number): boolean => (series.rx_bps[index] ?? null) !== null || (series.tx_bps[index] ?? null) !== null;

  for (const [index, ms] of series.ts_ms.entries()) {
    push(ms, index);
    if (!isKnown(index)) continue;
    newestMs = ms;
    const next = series.ts_ms[index + 1];
    while ((series.gaps[gapIndex]?.to_ms ?? Infinity) <= ms) gapIndex += 1;
    const gap = series.gaps[gapIndex];
    // A gap breaks the line where it begins; the bucket in which it ends has samples again.
    const inGap =
      gap !== undefined && gap.to_ms - gap.from_ms >= series.step_ms && gap.from_ms >= ms && gap.from_ms < (next ?? 0);
    const breaks = next === undefined || inGap || next - ms > 3 * series.step_ms;
    if (!breaks && isKnown(index + 1)) continue;
    // The last step before a break ends with its bucket, just before whatever follows.
    const endMs = Math.min(ms + series.step_ms, (next ?? Infinity) - (breaks ? 2 : 1), series.to_ms);
    if (endMs > ms) push(endMs, index);
    if (next !== undefined && breaks) push(endMs + 1, null);
  }
  return { ...drawn, newestMs };
}

function peak(values: readonly (number | null)[], line: number | null): number {
  let most = Math.abs(line ?? 0);
  for (const value of values) most = Math.max(most, Math.abs(value ?? 0));
  return most;
}

/** Room for the label of a percentile line that is the peak itself. */
const HEADROOM = 1.14;

/** The share of the height that each direction keeps at least, so that a quiet one still has a readable half. */
const LEAST_SHARE = 0.22;

/**
 * The scale's ends for a mirrored graph, in bit/s: [lowest ≤ 0, highest ≥ 0]. Both halves keep some room above
 * their peak; an empty graph is ±1 kbit/s.
 */
export function mirroredScale(data: Mirrored, lines: { rx: number | null; tx: number | null }): [number, number] {
  const up = Math.max(peak(data.rx, lines.rx), peak(data.rxMax, null)) * HEADROOM;
  const down = Math.max(peak(data.tx, lines.tx), peak(data.txMax, null)) * HEADROOM;
  if (up === 0 && down === 0) return [-1000, 1000];
  const least = Math.max(up, down) * (LEAST_SHARE / (1 - LEAST_SHARE));
  return [-Math.max(down, least), Math.max(up, least)];
}
