import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planFleet } from '../fleet.ts';
import type { InterfaceState } from './interfaces.ts';
import { createWorld, type RouterModel } from './world.ts';

const START = Date.UTC(2026, 5, 1, 12);
const OPTIONS = { routers: 60, sites: 3, seed: 7, startMs: START };
const WORLD = createWorld(planFleet(OPTIONS));
const ROUTERS = fc.constantFrom(...WORLD.routers);
const AGES = fc.integer({ min: 0, max: 4 * 86_400_000 - 1 });
const COUNTERS = [
  ...(['rxBytes', 'txBytes', 'rxPackets', 'txPackets', 'rxDrops', 'txDrops', 'txQueueDrops', 'rxErrors', 'txErrors'] as const),
  'linkDowns',
] as const;

function at(model: RouterModel, atMs: number): InterfaceState[] {
  return model.interfaces.at(model.bootAt(atMs), atMs);
}

function fresh(model: RouterModel): RouterModel {
  const same = createWorld(planFleet(OPTIONS)).routers[model.plan.index];
  if (same === undefined) throw new Error('no such router');
  return same;
}

describe('interface counters', () => {
  it('are the same for any order of asking', () => {
    fc.assert(
      fc.property(
        ROUTERS,
        fc.array(fc.integer({ min: START - 9e8, max: START + 9e8 }), { minLength: 2, maxLength: 6 }),
        (model, times) => {
          const used = times.map((time) => at(model, time));
          for (const [index, time] of times.entries()) expect(used[index]).toEqual(at(fresh(model), time));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('are exact integers that never fall within a boot', () => {
    fc.assert(
      fc.property(ROUTERS, AGES, fc.oneof(fc.integer({ min: 0, max: 3 }), AGES), (model, age, step) => {
        const boot = model.bootAt(START);
        const earlier = model.interfaces.at(boot, boot.atMs + age);
        const later = model.interfaces.at(boot, boot.atMs + age + step);
        for (const [index, state] of later.entries()) {
          for (const counter of COUNTERS) {
            expect(Number.isSafeInteger(state[counter])).toBe(true);
            expect(state[counter]).toBeGreaterThanOrEqual(earlier[index]?.[counter] ?? Number.NaN);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are zero at the boot', () => {
    for (const model of WORLD.routers) {
      const boot = model.bootAt(START);
      for (const state of model.interfaces.at(boot, boot.atMs)) {
        expect(COUNTERS.map((counter) => state[counter])).toEqual(COUNTERS.map(() => 0));
      }
    }
  });

  it('never grow faster than the link', () => {
    fc.assert(
      fc.property(ROUTERS, AGES, fc.integer({ min: 1, max: 60_000 }), (model, age, step) => {
        const boot = model.bootAt(START);
        const earlier = model.interfaces.at(boot, boot.atMs + age);
        for (const [index, state] of model.interfaces.at(boot, boot.atMs + age + step).entries()) {
          const most = (state.spec.speedBps / 8000) * step + 1;
          expect(state.rxBytes - (earlier[index]?.rxBytes ?? 0)).toBeLessThanOrEqual(most);
          expect(state.txBytes - (earlier[index]?.txBytes ?? 0)).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('stand still while the link is down, and the outage is counted once', () => {
    const flapping = WORLD.routers.flatMap((model) =>
      model.interfaces.specs.flatMap(({ traffic }, position) =>
        traffic.kind === 'own' && traffic.flaps ? [{ model, position }] : [],
      ),
    );
    expect(flapping.length).toBeGreaterThan(5);
    let outages = 0;
    let total = 0;
    const violations: unknown[] = [];
    for (const { model, position } of flapping.slice(0, 6)) {
      const boot = model.bootAt(START);
      let before = model.interfaces.at(boot, boot.atMs)[position];
      // An outage lasts two seconds at least.
      for (let atMs = boot.atMs; atMs < boot.atMs + 50 * 3_600_000; atMs += 1_900) {
        const now = model.interfaces.at(boot, atMs)[position];
        if (now === undefined || before === undefined) throw new Error('no such interface');
        if (before.running && !now.running) outages++;
        const still = now.rxBytes === before.rxBytes && now.txBytes === before.txBytes;
        if (now.linkDowns !== outages) violations.push(now);
        if (!now.running && !before.running && !still) violations.push(now);
        if (!now.running && (now.lastDownMs === undefined || now.lastDownMs > atMs)) violations.push(now);
        if (now.running && !before.running && (now.lastUpMs ?? 0) <= (now.lastDownMs ?? 0)) violations.push(now);
        const { traffic } = now.spec;
        const mostPerMs = traffic.kind === 'own' ? traffic.rxPeakPerMs : 0;
        if (now.running && !before.running && now.rxBytes - before.rxBytes > mostPerMs * (atMs - (now.lastUpMs ?? 0)) + 1)
          violations.push(now);
        before = now;
      }
      total += outages;
      outages = 0;
    }
    expect(total).toBeGreaterThan(3);
    expect(violations).toEqual([]);
  });

  it('of a VLAN and a bridge follow the uplink, those of a 60 GHz station are the link itself', () => {
    const kinds = new Set<string>();
    for (const model of WORLD.routers) {
      const states = at(model, START);
      for (const { spec, rxBytes } of states) {
        const { traffic } = spec;
        if (traffic.kind !== 'share') continue;
        const uplink = states[traffic.of];
        const ofUplink = (traffic.swapped ? uplink?.txBytes : uplink?.rxBytes) ?? 0;
        expect(rxBytes === ofUplink, spec.name).toBe(spec.type === 'w60g-station');
        expect(rxBytes).toBeLessThanOrEqual(ofUplink);
        kinds.add(spec.type);
      }
    }
    expect(kinds).toEqual(new Set(['vlan', 'bridge', 'w60g-station']));
  });
});
