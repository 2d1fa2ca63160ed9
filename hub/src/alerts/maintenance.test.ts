import { describe, expect, it } from 'vitest';
import { type MaintenanceWindow, maintenanceOf } from './maintenance.ts';

const at = (text: string): number => Date.parse(text);
const router = { site: 'fra1', router: 'core-1' };

describe('a maintenance window', () => {
  const once: MaintenanceWindow = {
    name: 'upgrade',
    sites: ['fra*'],
    routers: ['core-?'],
    when: { kind: 'once', fromMs: at('2026-01-10T22:00:00Z'), toMs: at('2026-01-11T02:00:00Z') },
  };

  it('covers its routers from its beginning up to its end', () => {
    const covers = (text: string, what = router): boolean => maintenanceOf([once], what, at(text)) !== undefined;
    expect(covers('2026-01-10T22:00:00Z')).toBe(true);
    expect(covers('2026-01-11T01:59:59Z')).toBe(true);
    expect(covers('2026-01-10T21:59:59Z')).toBe(false);
    expect(covers('2026-01-11T02:00:00Z')).toBe(false);
    expect(covers('2026-01-10T23:00:00Z', { site: 'ams1', router: 'core-1' })).toBe(false);
    expect(covers('2026-01-10T23:00:00Z', { site: 'fra1', router: 'core-10' })).toBe(false);
    // The site as a whole is more than some of its routers.
    expect(covers('2026-01-10T23:00:00Z', { site: 'fra1', router: '' })).toBe(false);
  });

  it('comes back every week by the clock of its zone, over midnight and over a change of the clock', () => {
    const weekly: MaintenanceWindow = {
      name: 'sunday',
      sites: [],
      routers: [],
      when: { kind: 'weekly', days: ['sun'], fromMinute: 23 * 60 + 30, toMinute: 60, timeZone: 'Europe/Berlin' },
    };
    const covers = (text: string): boolean => maintenanceOf([weekly], { site: 'fra1', router: '' }, at(text)) !== undefined;
    // 2026-01-11 is a Sunday; Berlin is an hour ahead of UTC in winter, two in summer.
    expect(covers('2026-01-11T22:29:59Z')).toBe(false);
    expect(covers('2026-01-11T22:30:00Z')).toBe(true);
    expect(covers('2026-01-11T23:59:59Z')).toBe(true);
    expect(covers('2026-01-12T00:00:00Z')).toBe(false);
    expect(covers('2026-01-10T22:45:00Z')).toBe(false);
    expect(covers('2026-07-12T21:30:00Z')).toBe(true);
    expect(covers('2026-07-12T23:00:00Z')).toBe(false);
  });
});
