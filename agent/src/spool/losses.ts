/** Which sequences damage has cost, from what lies around it. Pure. */
import type { Found } from './scan.ts';
import type { SequenceSpan } from './spool.ts';

/** A lost run, with the times of its polls where a header still tells them. */
export interface Loss extends SequenceSpan {
  readonly firstPollMs: number;
  readonly lastPollMs: number;
}

type Neighbour = { readonly epoch: bigint; readonly sequence: number; readonly segment: number };

/**
 * Derives the losses of all segments, oldest first, each given as what its scan found. Between two records of one epoch
 * everything is lost; at an end of an epoch it is unknown how much was, so the one sequence next to the damage stands for it.
 */
export function deriveLosses(segments: readonly (readonly Found[])[]): Loss[] {
  const losses: Loss[] = [];
  let before: Neighbour | undefined;
  let unreadableIn: number | undefined;

  const closeGap = (after: Neighbour | undefined): void => {
    if (unreadableIn === undefined) return;
    const lost = lostBetween(before, after, unreadableIn);
    if (lost !== undefined) losses.push({ ...lost, firstPollMs: 0, lastPollMs: 0 });
    unreadableIn = undefined;
  };

  for (const [segment, found] of segments.entries()) {
    for (const item of found) {
      if (item.kind === 'unreadable') {
        // Damage that ended with the last segment is judged on its own: another epoch may follow.
        unreadableIn ??= segment;
        continue;
      }
      const { epoch, sequence, firstPollMs, lastPollMs } = item.header;
      const here = { epoch, sequence, segment };
      closeGap(here);
      if (item.kind === 'broken') losses.push({ epoch, first: sequence, last: sequence, firstPollMs, lastPollMs });
      before = here;
    }
  }
  closeGap(undefined);
  return losses;
}

function lostBetween(before: Neighbour | undefined, after: Neighbour | undefined, segment: number): SequenceSpan | undefined {
  if (before !== undefined && after?.epoch === before.epoch) {
    const span = { epoch: before.epoch, first: before.sequence + 1, last: after.sequence - 1 };
    return span.first <= span.last ? span : undefined;
  }
  if (before?.segment === segment) return { epoch: before.epoch, first: before.sequence + 1, last: before.sequence + 1 };
  if (after?.segment === segment && after.sequence > 1)
    return { epoch: after.epoch, first: after.sequence - 1, last: after.sequence - 1 };
  return undefined;
}
