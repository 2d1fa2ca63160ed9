import type { SignalPoint } from '@poplar/hub/api/link-schemas';
import { describe, expect, it } from 'vitest';
import { runsOf, stretchesOf } from './timeline.ts';

const event = (ts_ms: number, old: string, now: string) => ({
  ts_ms,
  site: 's',
  kind: 'link_state',
  router: 'ap1',
  object: '',
  old,
  new: now,
  cause: '',
  detail: {},
  lasted_ms: null,
});

const point = (ts_ms: number, signal_dbm: number | null): SignalPoint => ({
  ts_ms,
  site: 's',
  router: 'ap1',
  interface: 'wlan1',
  samples: 1,
  signal_dbm,
  signal_min_dbm: signal_dbm,
  snr_db: null,
  tx_ccq_pct: null,
  tx_rate_bps: null,
  rx_rate_bps: null,
});

describe('the states of a link over a range', () => {
  it('begin with the one that the first transition left', () => {
    const transitions = [event(80, 'down', 'active'), event(30, 'active', 'down')];
    expect(stretchesOf({ transitions, link: null, from_ms: 0, to_ms: 100 })).toEqual([
      { state: 'active', fromMs: 0, toMs: 30 },
      { state: 'down', fromMs: 30, toMs: 80 },
      { state: 'active', fromMs: 80, toMs: 100 },
    ]);
  });

  it('have a hole before it was known', () => {
    const transitions = [event(30, '', 'discovered')];
    expect(stretchesOf({ transitions, link: null, from_ms: 0, to_ms: 100 })).toEqual([
      { state: 'discovered', fromMs: 30, toMs: 100 },
    ]);
  });
});

describe('the lines of a signal', () => {
  it('break where nothing was read, and leave out what was not reported', () => {
    const points = [point(0, -60), point(10, null), point(20, -61), point(60, -62)];
    expect(runsOf(points, 10).map((run) => run.map(({ ts_ms }) => ts_ms))).toEqual([[0, 20], [60]]);
  });
});
