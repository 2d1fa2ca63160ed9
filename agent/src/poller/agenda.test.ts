import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLLECTORS } from '../collectors/all.ts';
import { type Collector, type CollectorName, perCollector } from '../collectors/collector.ts';
import { type Agenda, createAgenda, planAgenda } from './agenda.ts';
import type { CollectorRun } from './collector-run.ts';
import type { PollerConfig } from './config.ts';
import { SessionError } from './router-client.ts';

const POLL_MS = 10_000;
const ROUTER = { site: 'fra1', name: 'core-1' };
const EVERY = { enabled: true, intervalMs: POLL_MS };
const OFF = { enabled: false, intervalMs: POLL_MS };
const LOAD = { shareMaxPct: 10, runMaxMs: 4000, routerCpuMaxPct: 95 };

function createFor(collectors: Partial<PollerConfig['collectors']>, router: Parameters<typeof createAgenda>[0] = ROUTER): Agenda {
  const settings = { ...perCollector(() => OFF), ...collectors };
  return createAgenda(router, planAgenda({ collectors: settings, intervalMs: POLL_MS, load: LOAD }));
}

function runOf(over: Partial<CollectorRun> = {}): CollectorRun {
  return {
    failure: undefined,
    absent: false,
    tooLong: undefined,
    commands: 1,
    durationMs: 5,
    replyRows: 1,
    sentAtMs: 0,
    ...over,
  };
}

function collectorOf(name: CollectorName): Collector {
  const found = COLLECTORS.find((collector) => collector.name === name);
  if (found === undefined) throw new Error(`no collector ${name}`);
  return found;
}

const namesOf = (collectors: readonly Collector[]): CollectorName[] => collectors.map(({ name }) => name);

/** Visits at the interval of the poll, and what each asked for. `runs` makes the runs of single collectors other than cheap ones. */
function visit(
  agenda: Agenda,
  visits: number,
  runs: Partial<Record<CollectorName, () => CollectorRun>> = {},
  fromMs = 0,
): CollectorName[][] {
  return Array.from({ length: visits }, (_, turn) => {
    const nowMs = fromMs + turn * POLL_MS;
    const due = agenda.due(nowMs);
    for (const collector of due) agenda.ran(collector, runs[collector.name]?.() ?? runOf(), nowMs);
    return namesOf(due);
  });
}

const statusOf = (agenda: Agenda, name: CollectorName) => agenda.statuses().find((status) => status.name === name);
const turnsOf = (asked: readonly CollectorName[][], name: CollectorName): number[] =>
  asked.flatMap((names, turn) => (names.includes(name) ? [turn] : []));

describe('a visit', () => {
  it('asks for everything at first, in the order of the collectors, then for what is due', () => {
    const all = perCollector(() => ({ enabled: true, intervalMs: 60_000 }));
    const agenda = createFor({ ...all, interface: EVERY });
    const [first = [], second = []] = visit(agenda, 2);
    expect(first).toEqual(namesOf(COLLECTORS));
    expect(second).toContain('interface');
    expect(second.length).toBeLessThan(first.length / 2);
  });

  it('is as long as any other: the collectors of an interval are spread over its visits', () => {
    const intervals = fc.constantFrom(POLL_MS, 30_000, 60_000, 300_000, 600_000);
    const settings = fc.array(intervals, { minLength: COLLECTORS.length, maxLength: COLLECTORS.length });
    fc.assert(
      fc.property(fc.string(), settings, (name, intervalsMs) => {
        const slow = new Map(COLLECTORS.map((collector, index) => [collector.name, intervalsMs[index] ?? POLL_MS]));
        const collectors = perCollector((each) => ({ enabled: slow.has(each), intervalMs: slow.get(each) ?? POLL_MS }));
        const [, ...asked] = visit(createFor(collectors, { site: 'fra1', name }), 181);
        let most = 0;
        for (const interval of new Set(intervalsMs))
          most += Math.ceil((intervalsMs.filter((each) => each === interval).length * POLL_MS) / interval);
        for (const names of asked) expect(names.length).toBeLessThanOrEqual(most);
        for (const [each, interval] of slow) {
          const turns = turnsOf(asked, each);
          expect(turns[0]).toBeLessThan(interval / POLL_MS);
          expect(new Set(turns.slice(1).map((turn, index) => turn - (turns[index] ?? 0)))).toEqual(new Set([interval / POLL_MS]));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('asks the same of a router in every run of the agent, and not the same of all routers at once', () => {
    const slow = { enabled: true, intervalMs: 60_000 };
    const turns = (name: string): number[] =>
      turnsOf(visit(createFor({ interface: EVERY, sensors: slow }, { site: 'fra1', name }), 7), 'sensors');
    expect(turns('r1')).toEqual(turns('r1'));
    const seconds = new Set(Array.from({ length: 50 }, (_, index) => turns(`r${index}`)[1]));
    expect(seconds).toEqual(new Set([1, 2, 3, 4, 5, 6]));
  });

  it('keeps to the grid when it comes early or late', () => {
    const agenda = createFor({ interface: EVERY, sensors: { enabled: true, intervalMs: 60_000 } });
    const jitter = fc.sample(fc.integer({ min: -2000, max: 2000 }), 100);
    const times = jitter.map((late, turn) => turn * POLL_MS + late);
    const runs = times.filter((nowMs) =>
      agenda.due(nowMs).some((collector) => {
        agenda.ran(collector, runOf(), nowMs);
        return collector.name === 'sensors';
      }),
    );
    expect(runs.length).toBeGreaterThanOrEqual(17);
    expect(runs.length).toBeLessThanOrEqual(18);
  });

  it('asks something even if nothing is due', () => {
    const asked = visit(createFor({ identity: { enabled: true, intervalMs: 600_000 } }), 3);
    expect(asked).toEqual([['identity'], ['identity'], ['identity']]);
  });

  it('asks for what runs at every visit however early it comes', () => {
    const agenda = createFor({ interface: EVERY, sensors: { enabled: true, intervalMs: 60_000 } });
    visit(agenda, 1);
    expect(namesOf(agenda.due(100))).toEqual(['interface']);
  });

  it('asks something if all that is due is known to be missing', () => {
    const agenda = createFor({ identity: { enabled: true, intervalMs: 600_000 }, radio_clients: EVERY });
    const absent = { radio_clients: () => runOf({ absent: true, commands: 0 }) };
    expect(visit(agenda, 3, absent).slice(1)).toEqual([
      ['radio_clients', 'identity'],
      ['radio_clients', 'identity'],
    ]);
  });

  it('asks at once for what is hastened', () => {
    const seldom = { enabled: true, intervalMs: 3_600_000 };
    const agenda = createFor({ interface: EVERY, boards: seldom, packages: seldom });
    visit(agenda, 1);
    agenda.hasten('boards', 'resource');
    expect(namesOf(agenda.due(POLL_MS))).toEqual(['interface', 'boards']);
  });
});

describe('a collector that costs too much', () => {
  const COLLECTED = { interface: EVERY, resource: EVERY, radio_clients: EVERY };

  it('is slowed down, and runs as configured again when it is cheap', () => {
    const agenda = createFor(COLLECTED);
    let durationMs = 1500;
    const asked = visit(agenda, 12, { radio_clients: () => runOf({ durationMs }) });
    expect(turnsOf(asked, 'radio_clients').slice(-4)).toEqual([5, 7, 9, 11]);
    expect(statusOf(agenda, 'radio_clients')).toMatchObject({ state: 'slowed', intervalMs: 20_000 });
    durationMs = 10;
    const cheap = visit(agenda, 20, { radio_clients: () => runOf({ durationMs }) }, 12 * POLL_MS);
    expect(turnsOf(cheap, 'radio_clients').slice(-3)).toEqual([17, 18, 19]);
    expect(statusOf(agenda, 'radio_clients')).toMatchObject({ state: 'running', intervalMs: POLL_MS, reason: '' });
  });

  it('is shed after a run beyond the limit, and tried again after a pause', () => {
    const agenda = createFor(COLLECTED);
    let durationMs = 9000;
    const asked = visit(agenda, 32, { radio_clients: () => runOf({ durationMs }) });
    expect(turnsOf(asked, 'radio_clients')).toEqual([0, 6, 30]);
    expect(statusOf(agenda, 'radio_clients')).toEqual({
      name: 'radio_clients',
      state: 'shed',
      reason: 'a run took 9 000 ms, at most 4 000 ms are allowed',
      intervalMs: 16 * 60_000,
    });
    durationMs = 10;
    visit(agenda, 120, { radio_clients: () => runOf({ durationMs }) }, 32 * POLL_MS);
    expect(statusOf(agenda, 'radio_clients')).toMatchObject({ state: 'running', reason: '' });
  });

  it('is shed where a table is too long', () => {
    const agenda = createFor(COLLECTED);
    visit(agenda, 1, { radio_clients: () => runOf({ tooLong: '5 213 rows, at most 2 000 are printed' }) });
    expect(statusOf(agenda, 'radio_clients')).toMatchObject({
      state: 'shed',
      reason: '5 213 rows, at most 2 000 are printed',
    });
  });

  it.each(['interface', 'resource'] as const)('is asked at every visit all the same if it is %s', (name) => {
    const agenda = createFor(COLLECTED);
    const asked = visit(agenda, 20, { [name]: () => runOf({ durationMs: 9000 }) });
    expect(turnsOf(asked, name)).toHaveLength(20);
    expect(statusOf(agenda, name)).toMatchObject({ state: 'running', reason: '', intervalMs: POLL_MS });
  });
});

describe('a collector during whose run the session ended', () => {
  const late = new SessionError('timeout', 'run', 'no complete answer to /x/print within 5000 ms');
  const closed = new SessionError('closed', 'go on', 'the router closed the connection');

  it('is shed at once after a deadline', () => {
    const agenda = createFor({ interface: EVERY, radio_clients: EVERY });
    agenda.cut(collectorOf('radio_clients'), late, 0);
    expect(statusOf(agenda, 'radio_clients')).toMatchObject({ state: 'shed', reason: late.reason });
    agenda.hasten('radio_clients');
    expect(turnsOf(visit(agenda, 8), 'radio_clients')).toEqual([6, 7]);
  });

  it('is shed when that happens twice in a row without one', () => {
    const agenda = createFor({ interface: EVERY, radio_clients: EVERY });
    const collector = collectorOf('radio_clients');
    for (const run of [true, true, false]) {
      agenda.cut(collector, closed, 0);
      expect(statusOf(agenda, 'radio_clients')?.state).not.toBe('shed');
      if (run) agenda.ran(collector, runOf(), 0);
    }
    agenda.cut(collector, closed, 0);
    expect(statusOf(agenda, 'radio_clients')).toMatchObject({ state: 'shed', reason: closed.reason });
  });
});

describe('on a router that is far away', () => {
  it('round trips are nothing that a collector costs it', () => {
    const agenda = createFor({ interface: EVERY, radio_clients: EVERY });
    agenda.noteRoundTrip(600);
    const far = { radio_clients: () => runOf({ commands: 3, durationMs: 1850 }) };
    expect(turnsOf(visit(agenda, 20, far), 'radio_clients')).toHaveLength(20);
    for (let visits = 0; visits < 3; visits++) agenda.noteCpu(97);
    expect(statusOf(agenda, 'radio_clients')).toMatchObject({ state: 'running', reason: '', intervalMs: POLL_MS });
  });

  it('an answer that takes longer than any network is the work of the router', () => {
    const agenda = createFor({ interface: EVERY, radio_clients: EVERY });
    agenda.noteRoundTrip(5000);
    visit(agenda, 1, { radio_clients: () => runOf({ durationMs: 5100 }) });
    expect(statusOf(agenda, 'radio_clients')).toMatchObject({
      state: 'shed',
      reason: 'a run took 4 100 ms, at most 4 000 ms are allowed',
    });
  });
});

describe('on a router whose CPU is busy', () => {
  const COLLECTED = { interface: EVERY, resource: EVERY, radio_clients: EVERY, sensors: EVERY };
  const COSTLY = {
    interface: () => runOf({ durationMs: 500 }),
    radio_clients: () => runOf({ durationMs: 200 }),
  };

  it('only the collectors with long runs pause, except for a try an hour', () => {
    const agenda = createFor(COLLECTED);
    visit(agenda, 3, COSTLY);
    for (let visits = 0; visits < 3; visits++) agenda.noteCpu(97);
    const asked = visit(agenda, 365, COSTLY, 3 * POLL_MS);
    expect(turnsOf(asked, 'radio_clients')).toEqual([359]);
    for (const name of ['interface', 'resource', 'sensors'] as const) expect(turnsOf(asked, name)).toHaveLength(365);
    expect(statusOf(agenda, 'radio_clients')).toMatchObject({ state: 'shed', reason: "the router's CPU is at 97 %" });
    for (let visits = 0; visits < 3; visits++) agenda.noteCpu(50);
    expect(namesOf(agenda.due(4_000_000))).toContain('radio_clients');
    expect(statusOf(agenda, 'radio_clients')).toMatchObject({ state: 'running', reason: '' });
  });
});

describe('the states', () => {
  it('are told of what has run', () => {
    const agenda = createFor({ interface: EVERY, bgp: EVERY });
    expect(agenda.statuses()).toEqual([]);
  });

  it.each<readonly [string, Partial<CollectorRun>, string, string]>([
    ['absent', { absent: true, commands: 0 }, 'absent', 'the router has no such menu'],
    [
      'forbidden',
      { failure: { permission: true, reason: '/x: not enough permissions (9)' } },
      'forbidden',
      '/x: not enough permissions (9)',
    ],
    ['running', { failure: { permission: false, reason: '/x: interrupted' } }, 'running', ''],
  ])('are %s as the last run found', (_, run, state, reason) => {
    const agenda = createFor({ interface: EVERY, radio_clients: EVERY });
    visit(agenda, 1, { radio_clients: () => runOf(run) });
    expect(statusOf(agenda, 'radio_clients')).toMatchObject({ state, reason });
    visit(agenda, 1, {}, POLL_MS);
    expect(statusOf(agenda, 'radio_clients')).toMatchObject({ state: 'running', reason: '' });
  });
});
