/** The history of a link as drawn: stretches of its states, and lines of its signal. Pure. */
import type { LinkDetail, SignalPoint } from '@poplar/hub/api/link-schemas';

export interface Stretch {
  readonly state: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The states of a link over a range; what was before the first transition is the state that it left, or that of now where there is none. */
export function stretchesOf({
  transitions,
  link,
  from_ms,
  to_ms,
}: Pick<LinkDetail, 'transitions' | 'link' | 'from_ms' | 'to_ms'>): Stretch[] {
  const moves = transitions.filter(({ kind }) => kind === 'link_state').toReversed();
  const first = moves[0];
  const before = first === undefined ? ((link?.since_ms ?? 0) > from_ms ? '' : (link?.state ?? '')) : first.old;
  const stretches = [{ state: before, ms: from_ms }, ...moves.map(({ new: state, ts_ms: ms }) => ({ state, ms }))];
  return stretches
    .map(({ state, ms }, index) => ({ state, fromMs: ms, toMs: stretches[index + 1]?.ms ?? to_ms }))
    .filter(({ state, fromMs, toMs }) => state !== '' && toMs > fromMs);
}

/** Runs of points without a hole of more than two buckets and a half between them. */
export function runsOf(points: readonly SignalPoint[], stepMs: number): (readonly SignalPoint[])[] {
  const runs: SignalPoint[][] = [];
  for (const point of points) {
    if (point.signal_dbm === null) continue;
    const open = runs.at(-1);
    const last = open?.at(-1);
    if (open !== undefined && last !== undefined && point.ts_ms - last.ts_ms <= 2.5 * stepMs) open.push(point);
    else runs.push([point]);
  }
  return runs;
}
