/** Which sequences damage has cost, from what lies around it. Pure. */
import { addRun, missingFrom, type Runs } from './ranges.ts';
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
 * everything is lost; at an end of an epoch it is unknown how much was, so the one sequence next to the damage stands for
 * it. Behind a torn record only a hole in the sequences is a loss: what was never complete was not accepted. A batch of which
 * there is an intact record anywhere is not lost: after a write that failed the same one is written again.
 */
export function deriveLosses(segments: readonly (readonly Found[])[]): Loss[] {
  const losses: Loss[] = [];
  let before: Neighbour | undefined;
  let unreadableIn: number | undefined;
  let torn = false;

  const closeGap = (after: Neighbour | undefined): void => {
    const lost =
      unreadableIn === undefined ? (torn ? holeBetween(before, after) : undefined) : lostBetween(before, after, unreadableIn);
    if (lost !== undefined) losses.push({ ...lost, firstPollMs: 0, lastPollMs: 0 });
    unreadableIn = undefined;
    torn = false;
  };

  for (const [segment, found] of segments.entries()) {
    for (const item of found) {
      if (item.kind === 'unreadable') {
        // Damage that ended with the last segment is judged on its own: another epoch may follow.
        unreadableIn ??= segment;
        continue;
      }
      if (item.kind === 'torn') {
        torn = true;
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
  return losses.flatMap((loss) => missingFrom(intactWithin(loss, segments), loss).map((run) => ({ ...loss, ...run })));
}

/** Sequences of the span that have an intact record. */
function intactWithin({ epoch, first, last }: SequenceSpan, segments: readonly (readonly Found[])[]): Runs {
  let runs: Runs = [];
  for (const found of segments)
    for (const item of found) {
      if (item.kind !== 'record' || item.header.epoch !== epoch) continue;
      const { sequence } = item.header;
      if (sequence >= first && sequence <= last) runs = addRun(runs, { first: sequence, last: sequence });
    }
  return runs;
}

function holeBetween(before: Neighbour | undefined, after: Neighbour | undefined): SequenceSpan | undefined {
  if (before === undefined || after?.epoch !== before.epoch) return undefined;
  const hole = { epoch: before.epoch, first: before.sequence + 1, last: after.sequence - 1 };
  return hole.first <= hole.last ? hole : undefined;
}

function lostBetween(before: Neighbour | undefined, after: Neighbour | undefined, segment: number): SequenceSpan | undefined {
  if (before?.epoch === after?.epoch) return holeBetween(before, after);
  if (before?.segment === segment) return { epoch: before.epoch, first: before.sequence + 1, last: before.sequence + 1 };
  if (after?.segment === segment && after.sequence > 1)
    return { epoch: after.epoch, first: after.sequence - 1, last: after.sequence - 1 };
  return undefined;
}
