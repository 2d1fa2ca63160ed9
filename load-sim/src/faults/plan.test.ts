import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fleet, planFleet } from '../fleet.ts';
import { FAULT_KINDS, faultSpec } from './kinds.ts';
import { createFaultTrack, type FaultTrack, planFaults, stretchesOf } from './plan.ts';
import { parseScenario, type ScenarioEntry } from './scenario.ts';
import { entriesOverlap, entrySource, type Fault } from './source.ts';

const START = Date.UTC(2026, 5, 1, 12);
const HOUR_MS = 3_600_000;

function fleetWith(scenario: object, routers = 60): Fleet {
  return planFleet({
    routers,
    sites: 3,
    seed: 4,
    startMs: START,
    mix: 'all',
    scenario: parseScenario(JSON.stringify(scenario), 'x.yaml'),
  });
}

function faultsOf(track: FaultTrack, fromMs: number, toMs: number): Fault[] {
  return [...stretchesOf(track, fromMs, toMs)].flatMap(({ fault }) => fault ?? []);
}

/** Names of the routers that have a fault at a time. */
function faultyAt(fleet: Fleet, atMs: number): string[] {
  const tracks = planFaults(fleet);
  return fleet.routers.filter(({ index }) => tracks[index]?.at(atMs) !== undefined).map(({ router }) => router);
}

const randomScenario = fc
  .record({
    share_pct: fc.integer({ min: 1, max: 100 }),
    least: fc.integer({ min: 1, max: 100 }),
    more: fc.integer({ min: 0, max: 300 }),
    from_s: fc.integer({ min: 0, max: 100 }),
    kinds: fc.uniqueArray(fc.constantFrom(...FAULT_KINDS), { minLength: 1 }),
    seed: fc.nat(),
  })
  .map(({ least, more, ...rest }) => ({
    fleet: { tls: 'certificate', tls_share_pct: 30 },
    random: { ...rest, for_s_min: least, for_s_max: least + more },
  }));

describe('faults at random', () => {
  it('keep the share faulty at any time, each for as long as it may be', () => {
    fc.assert(
      fc.property(randomScenario, fc.integer({ min: 0, max: 24 * HOUR_MS }), (scenario, afterMs) => {
        const { random } = scenario;
        // A kind that can happen to every router, so that no turn falls out.
        const fleet = fleetWith({ ...scenario, random: { ...random, kinds: [...random.kinds, 'mute'] } });
        const beginMs = START + random.from_s * 1000;
        const faulty = faultyAt(fleet, beginMs + afterMs);
        expect(faulty).toHaveLength(Math.max(1, Math.round((60 * random.share_pct) / 100)));
        expect(faultyAt(fleet, beginMs - 1)).toEqual([]);
        const faults = planFaults(fleet).flatMap((track) => track.at(beginMs + afterMs) ?? []);
        const lengths = faults.filter(({ fromMs }) => fromMs > beginMs).map(({ fromMs, toMs }) => toMs - fromMs);
        expect(Math.min(...lengths)).toBeGreaterThanOrEqual(random.for_s_min * 1000 - 1);
        expect(Math.max(...lengths)).toBeLessThanOrEqual(random.for_s_max * 1000 + 1);
      }),
      { numRuns: 60 },
    );
  });

  it('happen only where they can, and each about as often as the others', () => {
    const scenario = { fleet: { tls: 'anonymous', tls_share_pct: 50 }, random: { share_pct: 20, kinds: FAULT_KINDS } };
    const fleet = fleetWith(scenario);
    const happened = planFaults(fleet).flatMap((track, index) =>
      faultsOf(track, START, START + 12 * HOUR_MS).map(({ kind }) => ({ kind, plan: fleet.routers[index] })),
    );
    const placesOf = (wanted: string) => happened.filter(({ kind }) => kind === wanted).map(({ plan }) => plan);
    expect(new Set(placesOf('tls_failure').map((plan) => plan?.transport))).toEqual(new Set(['anonymous']));
    expect(new Set(placesOf('odd_empty').map((plan) => plan?.dialect))).toEqual(new Set(['7.18', '7.20']));
    const counts = Map.groupBy(happened, ({ kind }) => kind);
    const everywhere = FAULT_KINDS.filter((kind) => faultSpec(kind).impossible === '').map(
      (kind) => counts.get(kind)?.length ?? 0,
    );
    expect(Math.min(...everywhere)).toBeGreaterThan(0.6 * Math.max(...everywhere));
    expect([...counts.keys()].toSorted()).toEqual(FAULT_KINDS.toSorted());
  });

  it('spare the routers that entries name', () => {
    const fleet = fleetWith({ faults: [{ kind: 'mute', routers: ['r0001..r0050'] }], random: { share_pct: 10, kinds: ['cut'] } });
    for (const [index, track] of planFaults(fleet).entries()) {
      const kinds = new Set(faultsOf(track, START, START + HOUR_MS).map(({ kind }) => kind));
      expect([...kinds]).toEqual(index < 50 ? ['mute'] : ['cut']);
    }
  });
});

describe('the track of a router', () => {
  it('says the same whatever was asked before, and its stretches follow each other without holes', () => {
    const moments = fc.array(fc.integer({ min: -HOUR_MS, max: 5 * HOUR_MS }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(randomScenario, fc.nat({ max: 59 }), moments, (scenario, index, times) => {
        const fleet = fleetWith(scenario);
        const asked = planFaults(fleet)[index];
        for (const time of times) {
          const fresh = planFaults(fleet)[index];
          const stretch = fresh?.stretchAt(START + time);
          expect(asked?.stretchAt(START + time)).toEqual(stretch);
          for (const kind of scenario.random.kinds)
            expect(asked?.last(kind, START + time)).toEqual(fresh?.last(kind, START + time));
          expect(stretch?.fromMs).toBeLessThanOrEqual(START + time);
          expect(stretch?.toMs).toBeGreaterThan(START + time);
          const endMs = Math.min(stretch?.toMs ?? 0, START + 1000 * HOUR_MS);
          expect([stretch?.fromMs, endMs]).toContain(fresh?.stretchAt(endMs).fromMs);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('follows an entry that repeats', () => {
    const [entry] = parseScenario('faults: [{ kind: mute, from_s: 10, for_s: 5, every_s: 60 }]', 'x').faults;
    if (entry === undefined) throw new Error('no entry');
    const track = createFaultTrack(entrySource(entry, START));
    const begins = faultsOf(track, START, START + 200_000).map(({ fromMs, toMs }) => [fromMs - START, toMs - START]);
    expect(begins).toEqual([
      [10_000, 15_000],
      [70_000, 75_000],
      [130_000, 135_000],
      [190_000, 195_000],
    ]);
    expect(track.last('mute', START + 100_000)).toMatchObject({ fromMs: START + 70_000 });
    expect(track.last('cut', START + 100_000)).toBeUndefined();
    expect(track.last('mute', START + 9_999)).toBeUndefined();
  });
});

describe('entries', () => {
  it('choose routers by name, run, site, board, dialect and share', () => {
    const at = (faults: object): string[] => faultyAt(fleetWith({ faults: [{ kind: 'mute', ...faults }] }), START);
    expect(at({})).toHaveLength(60);
    expect(at({ routers: ['r0003', 'r0010..r0012'] })).toEqual(['r0003', 'r0010', 'r0011', 'r0012']);
    expect(at({ sites: ['lon1'], routers: ['r0001..r0003'] })).toEqual(['r0002']);
    expect(at({ share_pct: 5 })).toHaveLength(3);
    expect(at({ share_pct: 0.1 })).toHaveLength(1);
    const plans = new Map(fleetWith({}).routers.map((plan) => [plan.router, plan]));
    const chosen = at({ boards: ['rb5009'], dialects: ['7.20'] }).map((name) => plans.get(name));
    expect(chosen.length).toBeGreaterThan(0);
    for (const plan of chosen) expect(plan).toMatchObject({ board: 'rb5009', dialect: '7.20' });
  });

  it('give each share routers of its own', () => {
    const faults = Array.from({ length: 6 }, () => ({ kind: 'cut', share_pct: 10, from_s: 5, for_s: 5 }));
    expect(faultyAt(fleetWith({ faults }), START + 7_000)).toHaveLength(36);
  });

  it.each([
    [
      { faults: [{ kind: 'mute', routers: ['r9999'] }] },
      /faults\[0\]\.routers\[0\]: "r9999" names no router of the fleet; write a name or a run such as r0001\.\.r0060/,
    ],
    [
      { faults: [{ kind: 'mute', sites: ['nowhere'] }] },
      /faults\[0\]: no router of the fleet is left for mute; choose other routers/,
    ],
    [
      { faults: [{ kind: 'tls_failure' }] },
      /faults\[0\]: no router of the fleet is left for tls_failure: each does not speak TLS/,
    ],
    [
      { faults: [{ kind: 'tls_failure', routers: ['r0002'] }] },
      /faults\[0\]\.routers: tls_failure cannot happen to r0002, which does not speak TLS; leave it out/,
    ],
    [
      {
        faults: [
          { kind: 'mute', routers: ['r0002'] },
          { kind: 'cut', routers: ['r0001..r0009'], from_s: 60, for_s: 1 },
        ],
      },
      /faults\[1\]: router r0002 has faults\[0\] at the same time; .* one fault at a time/,
    ],
    [
      {
        faults: [
          { kind: 'mute', share_pct: 60 },
          { kind: 'cut', share_pct: 60 },
        ],
      },
      /faults\[1\]\.share_pct: 60 % of the fleet are 36 routers, but only 24 /,
    ],
    [
      { faults: [{ kind: 'mute', routers: ['r0001..r0055'] }], random: { share_pct: 50, kinds: ['cut'] } },
      /random\.share_pct: 50 % of the fleet are 30 routers, but only 5 have no entry in faults; write less/,
    ],
  ])('that do not fit the fleet are refused: %j', (scenario, message) => {
    expect(() => fleetWith(scenario)).toThrow(message);
  });

  it('overlap exactly when their faults do', () => {
    const entry = fc
      .record({
        from_s: fc.nat({ max: 40 }),
        for_s: fc.integer({ min: 1, max: 6 }),
        pause: fc.option(fc.integer({ min: 1, max: 12 })),
      })
      .map(
        ({ pause, ...rest }): ScenarioEntry => ({
          kind: 'mute',
          ...rest,
          ...(pause === null ? {} : { every_s: rest.for_s + pause }),
        }),
      );
    fc.assert(
      fc.property(entry, entry, (one, other) => {
        const times = Array.from({ length: 700 }, (_, second) => second * 1000);
        const [a, b] = [one, other].map((each) => createFaultTrack(entrySource(each, 0)));
        const meet = times.some((atMs) => a?.at(atMs) !== undefined && b?.at(atMs) !== undefined);
        expect(entriesOverlap(one, other)).toBe(meet);
        expect(entriesOverlap(other, one)).toBe(meet);
      }),
    );
  });
});
