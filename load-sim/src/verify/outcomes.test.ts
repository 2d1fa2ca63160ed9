import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, type FaultKind } from '../faults/kinds.ts';
import { parseScenario } from '../faults/scenario.ts';
import { outcomesOf } from '../faults/source.ts';
import { planFleet } from '../fleet.ts';
import { createWorld, type World } from '../traffic/world.ts';
import { createHoldUps, type HoldUps, NO_HOLD_UPS } from './hold-ups.ts';
import { createOutcomeCheck, type OutcomeReport } from './outcomes.ts';
import type { LoggedPoll } from './poll-log.ts';
import { isRight } from './verify.ts';

const START = Date.UTC(2026, 5, 1, 12);
const INTERVAL_MS = 10_000;
const END = START + 400_000;
const FROM_S = 100;
const FOR_S = 60;

/** Two routers, the first of which has this fault from 100 s to 160 s. */
function worldWith(kind: FaultKind, tls = false, settings: object = {}): World {
  const scenario = parseScenario(
    JSON.stringify({
      fleet: tls ? { tls: 'certificate', tls_share_pct: 100 } : undefined,
      faults: [{ kind, routers: ['r0001'], from_s: FROM_S, for_s: FOR_S, ...settings }],
    }),
    'x',
  );
  const fleet = planFleet({ routers: 2, sites: 1, seed: 1, startMs: START });
  const transport = tls ? 'certificate' : 'plain';
  const routers = fleet.routers.map((plan) => ({ ...plan, board: 'wap-ax', dialect: '7.18', transport }) as const);
  return createWorld({ ...fleet, scenario, routers });
}

/** A poll of the first router, so many seconds after the start. */
function poll(atS: number, outcome = 'ok', more: Partial<LoggedPoll> = {}): LoggedPoll {
  const common = { site: 'fra1', router: 'r0001', agent: 'a', epoch: '1', error: '', intervalMs: INTERVAL_MS, durationMs: 20 };
  return { ...common, tsMs: START + atS * 1000, outcome, ...more };
}

/** A poll every ten seconds from the fifth on, with these in the place of those. */
function day(changes: Readonly<Record<number, LoggedPoll[]>>, faulty: string): LoggedPoll[] {
  return Array.from({ length: 40 }, (_, number) => number * 10 + 5).flatMap(
    (atS) => changes[atS] ?? [poll(atS, atS > FROM_S && atS < FROM_S + FOR_S ? faulty : 'ok')],
  );
}

function check(world: World, polls: readonly LoggedPoll[], holdUps = NO_HOLD_UPS): OutcomeReport {
  const outcomes = createOutcomeCheck(world, RUNS, holdUps);
  for (const one of polls) outcomes.poll(one);
  for (const one of day({}, 'ok')) outcomes.poll({ ...one, router: 'r0002' });
  return outcomes.finish();
}

const RUNS = [{ agent: 'a', epoch: '1', fromMs: START + 2_000, toMs: END - 2_000 }];
const RIGHT = { wrong_outcomes: 0, missed_polls: 0, slow_recoveries: 0, outcome_examples: [] };

describe('the ends of polls', () => {
  it.each(FAULT_KINDS)('%s: its own are right within it, and count', (kind) => {
    for (const tls of kind === 'tls_failure' ? [true] : [false, true]) {
      const outcomes = outcomesOf({ kind, settings: {} }, tls ? 'certificate' : 'plain');
      for (const outcome of outcomes)
        expect(check(worldWith(kind, tls), day({}, outcome))).toMatchObject({ ...RIGHT, fault_polls: { [kind]: 6 } });
      const another = outcomes.includes('protocol') ? 'auth' : 'protocol';
      expect(check(worldWith(kind, tls), day({}, another))).toMatchObject({ wrong_outcomes: 6, fault_polls: {} });
    }
  });

  it('are ok too for polls that do not ask for the menu in trouble', () => {
    const trapped = (settings: object): OutcomeReport => check(worldWith('trap_menu', false, settings), day({}, 'ok'));
    expect(trapped({ menu: '/system/identity' })).toMatchObject(RIGHT);
    expect(trapped({}).wrong_outcomes).toBe(6);
  });

  it('are wrong at another router, before and after', () => {
    const report = check(worldWith('refuse'), day({ 85: [poll(85, 'refused', { error: 'nothing listens' })] }, 'refused'));
    expect(report).toMatchObject({ wrong_outcomes: 1, fault_polls: { refuse: 6 } });
    expect(report.outcome_examples).toEqual([
      {
        kind: 'wrong outcome',
        site: 'fra1',
        router: 'r0001',
        at_ms: START + 85_000,
        detail: 'refused (nothing listens) instead of ok: the router is healthy',
      },
    ]);
  });

  it.each(['ok', 'refused', 'partial', 'closed'])('may be %s at the edges of a fault', (outcome) => {
    const begins = poll(95, outcome, { durationMs: 5_100 });
    const ends = poll(155, outcome, { durationMs: 5_100 });
    expect(check(worldWith('refuse'), day({ 95: [begins], 155: [ends] }, 'refused'))).toMatchObject({
      ...RIGHT,
      fault_polls: { refuse: 5 },
    });
    const elsewhere = check(worldWith('refuse'), day({ 95: [{ ...begins, outcome: 'auth' }] }, 'refused'));
    expect(elsewhere.wrong_outcomes).toBe(1);
  });

  it('may be either within a second of an edge, and not beyond', () => {
    const at = (atS: number): number | null =>
      check(worldWith('refuse'), day({ 95: [poll(atS, 'refused')] }, 'refused')).wrong_outcomes;
    expect([at(99.5), at(98.5)]).toEqual([0, 1]);
  });

  it('may be overrun only where visits last until the deadline', () => {
    const slow = [poll(115, 'timeout', { durationMs: 12_000 }), poll(125, 'overrun', { durationMs: 0 })];
    expect(check(worldWith('silence'), day({ 115: slow, 125: [] }, 'timeout'))).toMatchObject(RIGHT);
    expect(check(worldWith('refuse'), day({ 125: [poll(125, 'overrun')] }, 'refused'))).toMatchObject({ wrong_outcomes: 1 });
    const healthy = check(worldWith('refuse'), day({ 45: [poll(45, 'overrun')] }, 'refused'));
    expect(healthy).toMatchObject({ wrong_outcomes: 1, missed_polls: 1 });
  });

  it('of a router that refuses every login are auth', () => {
    const { fleet } = worldWith('refuse');
    const world = createWorld({ ...fleet, routers: fleet.routers.map((plan) => ({ ...plan, refusesLogin: plan.index === 0 })) });
    const polls = day({}, 'refused').map((one) => (one.outcome === 'ok' ? { ...one, outcome: 'auth' } : one));
    expect(check(world, polls)).toMatchObject({ ...RIGHT, recoveries: 0 });
    expect(check(world, day({}, 'refused')).wrong_outcomes).toBe(34);
  });
});

describe('polls', () => {
  it('that are missing are counted: in the midst, at the beginning and at the end', () => {
    const missing = (...seconds: number[]): number | null =>
      check(worldWith('refuse'), day(Object.fromEntries(seconds.map((atS) => [atS, []])), 'refused')).missed_polls;
    expect(missing(45)).toBe(1);
    expect(missing(45, 55, 85)).toBe(3);
    expect(missing(5, 15)).toBe(1);
    expect(missing(385, 395)).toBe(1);
    const never = createOutcomeCheck(worldWith('refuse'), [{ agent: 'a', epoch: '1', fromMs: START, toMs: END }], NO_HOLD_UPS);
    for (const one of day({}, 'refused')) never.poll(one);
    expect(never.finish()).toMatchObject({
      missed_polls: 1,
      outcome_examples: [{ router: 'r0002', detail: 'was never polled' }],
    });
  });

  it('may be late, and up to two intervals apart while the router does not answer', () => {
    const late = day({ 45: [poll(50)], 115: [], 125: [poll(124, 'refused')] }, 'refused');
    expect(check(worldWith('refuse'), late)).toMatchObject(RIGHT);
    expect(check(worldWith('refuse'), day({ 115: [], 125: [], 135: [] }, 'refused')).missed_polls).toBe(3);
  });

  it('of several runs are counted for each', () => {
    const polls = day({ 205: [], 215: [], 225: [] }, 'refused').map((one) => ({
      ...one,
      epoch: one.tsMs < START + 200_000 ? '1' : '2',
    }));
    const runs = [
      { agent: 'a', epoch: '1', fromMs: START + 2_000, toMs: START + 198_000 },
      { agent: 'a', epoch: '2', fromMs: START + 232_000, toMs: END - 2_000 },
    ];
    const outcomes = createOutcomeCheck(worldWith('refuse'), runs, NO_HOLD_UPS);
    for (const router of ['r0001', 'r0002']) {
      for (const one of polls) outcomes.poll({ ...one, router, outcome: router === 'r0002' ? 'ok' : one.outcome });
    }
    expect(outcomes.finish()).toMatchObject({ ...RIGHT, recoveries: 1 });
  });
});

describe('a hold-up of the simulator', () => {
  /** The polls of a day in which nothing ran from 150 s to 270 s, the last ten seconds of the fault among it. */
  const held = (more: Readonly<Record<number, LoggedPoll[]>> = {}): LoggedPoll[] => {
    const none = Array.from({ length: 12 }, (_, number) => [155 + 10 * number, []] as const);
    return day({ ...Object.fromEntries(none), ...more }, 'refused');
  };
  const holdUps = createHoldUps([{ fromMs: START + 150_000, toMs: START + 270_000 }]);
  const others = createHoldUps([{ fromMs: START + 300_000, toMs: START + 390_000 }]);

  it('takes the time away in which polls are missed and routers recover', () => {
    // It is the same for every router.
    const all = (polls: readonly LoggedPoll[], known: HoldUps): OutcomeReport => {
      const outcomes = createOutcomeCheck(worldWith('refuse'), RUNS, known);
      for (const one of polls) outcomes.poll(one);
      for (const one of polls) outcomes.poll({ ...one, router: 'r0002', outcome: 'ok' });
      return outcomes.finish();
    };
    expect(all(held(), holdUps)).toMatchObject({ ...RIGHT, recoveries: 1 });
    expect(all(held(), others)).toMatchObject({ missed_polls: 24, slow_recoveries: 1 });
    expect(all(held({ 275: [], 285: [] }), holdUps)).toMatchObject({ missed_polls: 4 });
    const late = held({ 275: [poll(275, 'refused')], 285: [poll(285, 'refused')], 295: [poll(295, 'refused')] });
    expect(all(late, holdUps)).toMatchObject({ slow_recoveries: 1, wrong_outcomes: 3 });
  });

  it('lets an overrun pass that a visit caused which it delayed, and no other', () => {
    const overrun = { 145: [poll(145, 'ok', { durationMs: 8_000 })], 155: [poll(155, 'overrun', { durationMs: 0 })] };
    const healthy = worldWith('mild_drip');
    expect(check(healthy, day(overrun, 'ok'), createHoldUps([{ fromMs: START + 146_000, toMs: START + 149_000 }]))).toMatchObject(
      RIGHT,
    );
    expect(check(healthy, day(overrun, 'ok'), others)).toMatchObject({ wrong_outcomes: 1 });
  });

  it('again and again leaves nothing to be judged, and that is told', () => {
    const every3s = Array.from({ length: 140 }, (_, number) => ({
      fromMs: START + number * 3000,
      toMs: START + number * 3000 + 1100,
    }));
    const none = check(worldWith('refuse'), day({}, 'timeout'), createHoldUps(every3s));
    expect(none).toMatchObject({ wrong_outcomes: 0, judged_pct: 0 });
    expect(isRight({ missing: 0, duplicates: 0, wrong: 0, ...none })).toBe(false);
    const once = check(worldWith('refuse'), day({}, 'refused'), createHoldUps(every3s.slice(10, 11)));
    expect(once).toMatchObject({ ...RIGHT, held_up_ms: 1100, judged_pct: 99 });
    expect(isRight({ missing: 0, duplicates: 0, wrong: 0, ...once })).toBe(true);
  });

  it('lets polls that it touches end in any way', () => {
    const polls = held({ 155: [poll(145, 'timeout', { durationMs: 5_000 }), poll(270.5, 'overrun', { durationMs: 0 })] });
    expect(check(worldWith('refuse'), polls, holdUps)).toMatchObject({ wrong_outcomes: 0 });
    const wrong = held({ 45: [poll(45, 'timeout')], 275: [poll(275, 'refused')] });
    expect(check(worldWith('refuse'), wrong, holdUps)).toMatchObject({ wrong_outcomes: 2 });
  });
});

describe('recoveries', () => {
  it('take two intervals at most', () => {
    expect(check(worldWith('refuse'), day({}, 'refused'))).toMatchObject({ ...RIGHT, recoveries: 1 });
    const slow = check(worldWith('refuse'), day({ 165: [poll(165, 'refused')], 175: [poll(175, 'refused')] }, 'refused'));
    expect(slow).toMatchObject({ slow_recoveries: 1, recoveries: 1, wrong_outcomes: 2 });
    expect(slow.outcome_examples).toContainEqual(
      expect.objectContaining({
        kind: 'slow recovery',
        detail: expect.stringMatching(/^no poll is ok within 2 intervals after refuse from /),
      }),
    );
  });

  it('are not asked for when another fault follows at once', () => {
    const { fleet } = worldWith('refuse');
    const [entry] = fleet.scenario?.faults ?? [];
    if (entry === undefined) throw new Error('no entry');
    const next = { ...entry, kind: 'cut', from_s: FROM_S + FOR_S, for_s: 30 } as const;
    const world = createWorld({ ...fleet, scenario: { faults: [entry, next] } });
    const closed = Object.fromEntries([165, 175, 185].map((atS) => [atS, [poll(atS, 'closed')]]));
    expect(check(world, day(closed, 'refused'))).toMatchObject({ ...RIGHT, recoveries: 1, fault_polls: { refuse: 6, cut: 3 } });
  });

  it('are not asked for after a fault that does not keep polls from being ok', () => {
    expect(check(worldWith('mild_drip'), day({}, 'ok'))).toMatchObject({ ...RIGHT, recoveries: 0 });
  });
});
