import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import { expect, test } from 'vitest';
import { createGathering } from './collectors/collector.ts';
import { createTally } from './once.ts';
import type { Visit } from './poller/visit.ts';

function visit(router: string, tsMs: number, outcome: PollOutcome): Visit {
  return {
    poll: {
      site: 's',
      router,
      tsMs,
      outcome,
      error: '',
      durationUs: 0,
      baseline: 1n,
      intervalMs: 0,
      collapsedRows: 0,
      parseErrors: 0,
      answeredCollectors: 0n,
      address: '',
    },
    rows: createGathering().rows,
  };
}

test('of several visits the first that failed is kept, or else the last, and what is too many is ignored', () => {
  const tally = createTally(3, 3);
  tally.add(visit('a', 1, PollOutcome.OK));
  tally.add(visit('a', 2, PollOutcome.OK));
  tally.add(visit('a', 3, PollOutcome.OK));
  tally.add(visit('a', 4, PollOutcome.TIMEOUT));
  tally.add(visit('b', 1, PollOutcome.OK));
  tally.add(visit('c', 1, PollOutcome.OK));
  tally.add(visit('c', 2, PollOutcome.OVERRUN));
  tally.add(visit('c', 3, PollOutcome.OK));
  tally.add(visit('b', 2, PollOutcome.PARTIAL));
  expect(tally.complete).toBe(false);
  tally.add(visit('b', 3, PollOutcome.OK));
  expect(tally.complete).toBe(false);
  tally.add(visit('c', 4, PollOutcome.OK));
  expect(tally.complete).toBe(true);
  expect(tally.visits.map(({ poll }) => [poll.router, poll.tsMs])).toEqual([
    ['a', 3],
    ['b', 2],
    ['c', 2],
  ]);
});
