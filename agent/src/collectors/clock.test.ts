import { describe, expect, it } from 'vitest';
import { clockCollector } from './clock.ts';
import type { Exchange } from './collector.ts';
import { collectWritten } from './testing.ts';

type Attributes = Readonly<Record<string, string>>;

const SENT_MS = Date.UTC(2026, 10, 29, 12, 0, 0, 400);

/** What the reply says of a router whose command was sent at 12:00:00.400 and answered 81 ms later. */
function clocks(rows: readonly Attributes[], exchange: Exchange = { middleMs: SENT_MS + 40.6, roundTripMs: 81.2 }) {
  const gathering = collectWritten(clockCollector, { '/system/clock': rows }, exchange);
  const { parseErrors, collapsedRows, unreadable } = gathering;
  return { rows: gathering.rows.routerClocks, parseErrors, collapsedRows, unreadable: Object.fromEntries(unreadable) };
}

const UTC = { time: '12:00:02', date: '2026-11-29', 'time-zone-name': 'UTC', 'gmt-offset': '+00:00' };

describe('the clock collector', () => {
  it('tells how far the router is ahead of the agent half-way between command and answer', () => {
    expect(clocks([UTC])).toEqual({
      rows: [{ clockMs: Date.UTC(2026, 10, 29, 12, 0, 2), offsetMs: 1559, roundTripUs: 81_200, timeZone: 'UTC', gmtOffsetS: 0 }],
      parseErrors: 0,
      collapsedRows: 0,
      unreadable: {},
    });
  });

  it('takes local time back to UTC, over midnight too', () => {
    const row = { time: '06:59:59', date: 'nov/30/2026', 'time-zone-name': 'Pacific/Kiritimati', 'gmt-offset': '+14:00' };
    expect(clocks([row]).rows).toMatchObject([{ clockMs: Date.UTC(2026, 10, 29, 16, 59, 59), gmtOffsetS: 50_400 }]);
  });

  it('knows no offset when the clock of the agent stepped meanwhile', () => {
    const exchange = { middleMs: undefined, roundTripMs: 3 };
    expect(clocks([UTC], exchange).rows).toMatchObject([{ offsetMs: undefined, roundTripUs: 3000 }]);
  });

  it.each(['date', 'time', 'gmt-offset'] as const)('tells no time without %s, which is no error', (name) => {
    const { [name]: _, ...rest } = UTC;
    for (const row of [rest, { ...UTC, [name]: '' }]) {
      const { rows, parseErrors } = clocks([row]);
      expect(rows).toMatchObject([{ clockMs: undefined, offsetMs: undefined, roundTripUs: 81_200, timeZone: 'UTC' }]);
      expect(parseErrors).toBe(0);
    }
  });

  it.each([
    ['date', 'yesterday'],
    ['time', '25:00:00'],
    ['gmt-offset', 'far'],
  ])('counts a %s that it cannot read', (name, text) => {
    const { rows, unreadable } = clocks([{ ...UTC, [name]: text }]);
    expect(rows).toMatchObject([{ clockMs: undefined, offsetMs: undefined }]);
    expect(unreadable).toEqual({ [name]: 1 });
  });

  it('keeps one row, and none of an empty answer', () => {
    expect(clocks([UTC, UTC])).toMatchObject({ rows: [{}], collapsedRows: 1 });
    expect(clocks([]).rows).toEqual([]);
  });
});
