/** What is known about the fate of sequences: acknowledged runs per epoch, and skips that the hub must still be told. In memory. */
import { addRun, missingFrom, type Runs } from './ranges.ts';
import type { SequenceSpan, Skip } from './spool.ts';

export interface Ledger {
  ack(span: SequenceSpan): void;
  /** Adds what of the skip is not acknowledged. Neighbours with the same reason become one. */
  skip(skip: Skip): void;
  /** What of the span is neither acknowledged nor skipped. */
  unsettled(span: SequenceSpan): Runs;
  readonly skips: readonly Skip[];
  /** Forgets the acknowledgements of epochs that are not in the set: nothing of them is left to compare with. */
  keepEpochs(epochs: ReadonlySet<bigint>): void;
  /** Everything it knows, as spans to acknowledge. */
  ackedSpans(): SequenceSpan[];
}

export function createLedger(): Ledger {
  const acked = new Map<bigint, Runs>();
  let skips: readonly Skip[] = [];
  const ackedOf = (epoch: bigint): Runs => acked.get(epoch) ?? [];

  return {
    ack(span) {
      acked.set(span.epoch, addRun(ackedOf(span.epoch), span));
      if (skips.some((skip) => overlaps(skip, span)))
        skips = skips.flatMap((skip) =>
          overlaps(skip, span) ? missingFrom([span], skip).map((run) => ({ ...skip, ...run })) : [skip],
        );
    },
    skip(skip) {
      for (const run of this.unsettled(skip)) skips = withSkip(skips, { ...skip, ...run });
    },
    unsettled(span) {
      const settled = skips
        .filter((skip) => skip.epoch === span.epoch)
        .reduce<Runs>((runs, skip) => addRun(runs, skip), ackedOf(span.epoch));
      return missingFrom(settled, span);
    },
    get skips() {
      return skips;
    },
    keepEpochs(epochs) {
      for (const epoch of acked.keys()) if (!epochs.has(epoch)) acked.delete(epoch);
    },
    ackedSpans: () => [...acked].flatMap(([epoch, runs]) => runs.map((run) => ({ epoch, ...run }))),
  };
}

function overlaps(a: SequenceSpan, b: SequenceSpan): boolean {
  return a.epoch === b.epoch && a.first <= b.last && b.first <= a.last;
}

function withSkip(skips: readonly Skip[], skip: Skip): Skip[] {
  const newest = skips.at(-1);
  if (newest?.epoch !== skip.epoch || newest.reason !== skip.reason || newest.last + 1 !== skip.first) return [...skips, skip];
  const times = [newest, skip].filter(({ firstPollMs }) => firstPollMs > 0);
  return [
    ...skips.slice(0, -1),
    {
      ...newest,
      last: skip.last,
      firstPollMs: times.length === 0 ? 0 : Math.min(...times.map(({ firstPollMs }) => firstPollMs)),
      lastPollMs: Math.max(0, ...times.map(({ lastPollMs }) => lastPollMs)),
    },
  ];
}
