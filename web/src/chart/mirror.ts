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
 * Turns a series into what is drawn. Gaps break the line even where the series has no point inside them, and so
 * does any step of more than three times the resolution: a line over missing samples would be a claim.
 */
export function mirrorSeries(series: InterfaceSeries): Mirrored {
  const tsMs: number[] = [];
  const rx: (number | null)[] = [];
  const tx: (number | null)[] = [];
  const rxMax: (number | null)[] = [];
  const txMax: (number | null)[] = [];
  let newestMs: number | null = null;
  let previousMs: number | null = null;
  let gapIndex = 0;
  const push = (ms: number, index: number | null): void => {
    tsMs.push(ms);
    rx.push(index === null ? null : (series.rx_bps[index] ?? null));
    tx.push(index === null ? null : negative(series.tx_bps[index]));
    rxMax.push(index === null ? null : (series.rx_max_bps[index] ?? null));
    txMax.push(index === null ? null : negative(series.tx_max_bps[index]));
  };
  for (const [index, ms] of series.ts_ms.entries()) {
    if (previousMs !== null) {
      while ((series.gaps[gapIndex]?.to_ms ?? Infinity) <= previousMs) gapIndex += 1;
      const gap = series.gaps[gapIndex];
      const inGap = gap !== undefined && gap.to_ms - gap.from_ms >= series.step_ms && gap.from_ms < ms && gap.to_ms > previousMs;
      if (ms - previousMs > 1 && (inGap || ms - previousMs > 3 * series.step_ms)) push(previousMs + 1, null);
    }
    push(ms, index);
    if ((series.rx_bps[index] ?? null) !== null || (series.tx_bps[index] ?? null) !== null) newestMs = ms;
    previousMs = ms;
  }
  return { tsMs, rx, tx, rxMax, txMax, newestMs };
}

function peak(values: readonly (number | null)[], line: number | null): number {
  let most = Math.abs(line ?? 0);
  for (const value of values) most = Math.max(most, Math.abs(value ?? 0));
  return most;
}

/** The share of the height that each direction keeps at least, so that a quiet one still has a readable half. */
const LEAST_SHARE = 0.22;

/**
 * The scale's ends for a mirrored graph, in bit/s: [lowest ≤ 0, highest ≥ 0]. Both halves keep some room above
 * their peak; an empty graph is ±1 kbit/s.
 */
export function mirroredScale(data: Mirrored, lines: { rx: number | null; tx: number | null }): [number, number] {
  const up = Math.max(peak(data.rx, lines.rx), peak(data.rxMax, null)) * 1.08;
  const down = Math.max(peak(data.tx, lines.tx), peak(data.txMax, null)) * 1.08;
  if (up === 0 && down === 0) return [-1000, 1000];
  const least = Math.max(up, down) * (LEAST_SHARE / (1 - LEAST_SHARE));
  return [-Math.max(down, least), Math.max(up, least)];
}
