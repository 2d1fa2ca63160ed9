import { describe, expect, it } from 'vitest';
import { planFleet } from '../fleet.ts';
import { everything } from '../routers/menus/menu.ts';
import { menuOf } from '../routers/menus/menus.ts';
import { createWorld } from './world.ts';

const START = Date.UTC(2026, 5, 1, 12);
const HOUR_MS = 3_600_000;
const WORLD = createWorld(planFleet({ routers: 400, sites: 1, seed: 1, startMs: START, mix: 'all' }));
const errors = WORLD.routers.map(({ clock }) => clock.at(START) - START);
const between = (low: number, high: number): number => errors.filter((ms) => Math.abs(ms) >= low && Math.abs(ms) < high).length;

describe('the clocks of a fleet', () => {
  it('are mostly right within a second, some drift or are minutes off, a few were never set', () => {
    expect(between(0, 1000)).toBeGreaterThan(300);
    expect(between(1000, 1_000_000)).toBeGreaterThan(30);
    expect(between(40 * 365 * 24 * HOUR_MS, Number.POSITIVE_INFINITY)).toBeGreaterThan(4);
    expect(new Set(WORLD.routers.map(({ clock }) => Math.sign(clock.gmtOffsetS)))).toEqual(new Set([-1, 0, 1]));
  });

  it('that were never set start on 2 January 1970 at the boot', () => {
    const model = WORLD.routers.find(({ clock }) => clock.at(START) < START / 2);
    if (model === undefined) throw new Error('no such router');
    expect(model.clock.at(model.bootAt(START).atMs)).toBe(Date.UTC(1970, 0, 2));
  });

  it('that drift do so from the boot on', () => {
    const rates = WORLD.routers.map((model) => {
      const { clock } = model;
      const boot = model.bootAt(START).atMs;
      return (clock.at(boot + HOUR_MS) - clock.at(boot) - HOUR_MS) / HOUR_MS;
    });
    expect(rates.filter((rate) => rate !== 0).length).toBeGreaterThan(10);
    expect(Math.max(...rates.map(Math.abs))).toBeLessThanOrEqual(80.1e-6);
  });

  it('are told in local time, in the form of the version', () => {
    for (const model of WORLD.routers) {
      const row = new Map(menuOf(model, '/system/clock')?.print?.(model, START, everything)[0]);
      const local = new Date(START + model.clock.localShiftMs(START)).toISOString();
      expect(row.get('time')).toBe(local.slice(11, 19));
      const date = row.get('date') ?? '';
      const monthFirst = new Date(`${local.slice(0, 10)}T00:00Z`).toLocaleDateString('en-US', {
        month: 'short',
        day: '2-digit',
        year: 'numeric',
        timeZone: 'UTC',
      });
      expect(date).toBe(
        model.dialect.dates === 'iso' ? local.slice(0, 10) : monthFirst.toLowerCase().replace(',', '').replaceAll(' ', '/'),
      );
      const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(row.get('gmt-offset') ?? '') ?? [];
      expect((Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60) + 0).toBe(model.clock.gmtOffsetS);
    }
  });
});
