import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import { expect, test } from 'vitest';
import { createGathering } from './collectors/collector.ts';
import { createTally, formatResults } from './once.ts';
import type { CollectorStateRow } from './poller/state-reports.ts';
import type { Visit } from './poller/visit.ts';

function visit(router: string, tsMs: number, outcome: PollOutcome, states: readonly CollectorStateRow[] = []): Visit {
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
    rows: { ...createGathering().rows, collectorStates: states },
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
  expect(tally.results.map(({ visit: { poll } }) => [poll.router, poll.tsMs])).toEqual([
    ['a', 3],
    ['b', 2],
    ['c', 2],
  ]);
});

function state(collector: string, name: string, reason = ''): CollectorStateRow {
  return { collector, state: name, reason, intervalMs: 0, runs: 1, durationUs: 0, durationMaxUs: 0, replyRows: 0 };
}

function threeRouters(): ReturnType<typeof createTally> {
  const tally = createTally(3, 2);
  const first = [
    state('interface', 'running'),
    state('bgp', 'absent'),
    state('modems', 'absent'),
    state('queues', 'slowed', 'dear'),
  ];
  tally.add(visit('b', 1, PollOutcome.OK, first));
  tally.add(visit('b', 2, PollOutcome.OK, [state('queues', 'shed', '9 000 rows')]));
  tally.add(visit('a', 1, PollOutcome.PARTIAL, [state('interface', 'running'), state('arp', 'forbidden', '/ip/arp: denied')]));
  tally.add(visit('a', 2, PollOutcome.PARTIAL));
  tally.add(visit('c', 1, PollOutcome.REFUSED));
  tally.add(visit('c', 2, PollOutcome.REFUSED));
  return tally;
}

test('the table says how many collectors are read, and below it why others are not', () => {
  expect(formatResults(threeRouters().results, 24, false).split('\n')).toEqual([
    'SITE  ROUTER  OUTCOME  MS  INTERFACES  CLIENTS  COLLECTORS  ERROR',
    's     a       partial   0           0        0     1 of 24',
    's     b       ok        0           0        0     1 of 24',
    's     c       refused   0           0        0     0 of 24',
    's a: arp is forbidden (/ip/arp: denied)',
    's b: queues is shed (9 000 rows)',
    '1 of 3 routers answered everything',
    '',
  ]);
});

test('what a router does not have is told on demand', () => {
  expect(formatResults(threeRouters().results, 24, true)).toContain('s b: the router has no bgp, modems\n');
});
