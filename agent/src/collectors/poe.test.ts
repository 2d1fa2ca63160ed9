import { describe, expect, it } from 'vitest';
import { poeCollector } from './poe.ts';
import { collectWritten } from './testing.ts';

function port(monitored: Readonly<Record<string, string>>) {
  const { rows, parseErrors, unreadable } = collectWritten(poeCollector, {
    '/interface/ethernet/poe': [{ '.id': '*2', name: 'ether2', 'poe-out': 'auto-on' }],
    '/interface/ethernet/poe/monitor': [{ name: 'ether2', ...monitored }],
  });
  return { row: rows.poePorts[0], parseErrors, unreadable: Object.fromEntries(unreadable) };
}

describe('the PoE collector', () => {
  it.each([
    ['bare', { 'poe-out-voltage': '26.5', 'poe-out-current': '152', 'poe-out-power': '4.1' }],
    ['with units', { 'poe-out-voltage': '26.5V', 'poe-out-current': '152mA', 'poe-out-power': '4.1W' }],
    ['with other units', { 'poe-out-voltage': '26500mV', 'poe-out-current': '0.152A', 'poe-out-power': '4100mW' }],
  ])('reads what a port feeds, %s', (_, readings) => {
    expect(port({ 'poe-out-status': 'powered-on', ...readings })).toMatchObject({
      row: { interface: 'ether2', mode: 'auto-on', status: 'powered-on', voltageV: 26.5, currentMa: 152, powerW: 4.1 },
      parseErrors: 0,
    });
  });

  it('tells zeros of a port that feeds nothing from readings that the router leaves out', () => {
    const off = { 'poe-out-status': 'waiting-for-load' };
    const zeros = { 'poe-out-voltage': '0V', 'poe-out-current': '0mA', 'poe-out-power': '0W' };
    expect(port({ ...off, ...zeros }).row).toMatchObject({ voltageV: 0, currentMa: 0, powerW: 0 });
    expect(port(off).row).toMatchObject({ voltageV: undefined, currentMa: undefined, powerW: undefined });
  });

  it('keeps a port that was not monitored, and counts by name what it cannot read', () => {
    const { rows } = collectWritten(poeCollector, { '/interface/ethernet/poe': [{ name: 'ether2', 'poe-out': 'off' }] });
    expect(rows.poePorts).toEqual([
      { interface: 'ether2', mode: 'off', status: '', voltageV: undefined, currentMa: undefined, powerW: undefined },
    ]);
    expect(port({ 'poe-out-voltage': '26.5A', 'poe-out-power': 'much' })).toMatchObject({
      row: { voltageV: undefined, powerW: undefined },
      parseErrors: 2,
      unreadable: { 'poe-out-voltage': 1, 'poe-out-power': 1 },
    });
  });
});
