import { describe, expect, it } from 'vitest';
import { type Asking, growthMb, healthzDuring, judge, type OutageFigures, readyzDuring } from './judge.ts';

const READY = { status: 200, text: 'ready' };
const OK = { status: 200, text: 'ok' };
const WAITING = { status: 503, text: 'batches wait: Cannot reach ClickHouse: connect ECONNREFUSED 127.0.0.1:8123' };
const NOBODY: Asking = { readyz: undefined, healthz: undefined };

const hub: OutageFigures = {
  kind: 'hub',
  reconnectMs: 9000,
  freshVisibleMs: 1900,
  freshP99Ms: 2100,
  backlogBatches: 610,
  backlogCompleteS: 3.4,
  agentRssNormalMb: 96.1,
  agentRssPeakMb: 104.4,
  hubRssPeakMb: 180,
  during: [NOBODY, NOBODY],
  after: { readyz: READY, healthz: OK },
  gaps: {},
};
const clickhouse: OutageFigures = {
  ...hub,
  kind: 'clickhouse',
  during: [
    { readyz: WAITING, healthz: OK },
    { readyz: WAITING, healthz: OK },
  ],
};

/** What is wrong. */
const wrong = (figures: OutageFigures): string[] =>
  judge(figures)
    .filter(({ right }) => !right)
    .map(({ what }) => what);

describe('the judgement of an outage', () => {
  it('finds nothing wrong with one that was got over', () => {
    expect(wrong(hub)).toEqual([]);
    expect(wrong(clickhouse)).toEqual([]);
  });

  it('says beside every figure what is allowed', () => {
    expect(judge(hub).find(({ what }) => what === 'agent_rss_growth_mb')).toEqual({
      what: 'agent_rss_growth_mb',
      value: '8.3',
      limit: 'at most 20',
      right: true,
    });
  });

  it('finds every limit that is broken', () => {
    expect(wrong({ ...hub, reconnectMs: 20_001 })).toEqual(['reconnect_ms']);
    expect(wrong({ ...hub, freshVisibleMs: 5001 })).toEqual(['fresh_visible_ms']);
    expect(wrong({ ...hub, freshP99Ms: 5001 })).toEqual(['fresh_p99_ms']);
    expect(wrong({ ...hub, agentRssPeakMb: 116.2 })).toEqual(['agent_rss_growth_mb']);
    expect(wrong({ ...clickhouse, hubRssPeakMb: 256.1 })).toEqual(['hub_rss_peak_mb']);
  });

  it('takes nothing for right that was not measured', () => {
    const unmeasured = { ...hub, reconnectMs: null, freshVisibleMs: null, freshP99Ms: null, backlogCompleteS: null };
    expect(wrong(unmeasured)).toEqual(['reconnect_ms', 'fresh_visible_ms', 'fresh_p99_ms', 'backlog_complete_s']);
    expect(wrong({ ...hub, agentRssNormalMb: null, hubRssPeakMb: null })).toEqual(['agent_rss_growth_mb', 'hub_rss_peak_mb']);
    expect(wrong({ ...hub, during: [] })).toEqual(['readyz_during']);
    expect(wrong({ ...clickhouse, during: [] })).toEqual(['readyz_during', 'healthz_during']);
  });

  it('finds an outage that was none', () => {
    expect(wrong({ ...hub, backlogBatches: 0 })).toEqual(['backlog_batches']);
    expect(wrong({ ...hub, during: [NOBODY, { readyz: READY, healthz: OK }] })).toEqual(['readyz_during']);
    expect(wrong({ ...clickhouse, during: [{ readyz: READY, healthz: OK }] })).toEqual(['readyz_during']);
  });

  it('finds a hub that does not say that ClickHouse is away, or that looks dead', () => {
    const mute = { status: 503, text: 'not ready' };
    const said = { ...clickhouse, during: [{ readyz: mute, healthz: OK }, ...clickhouse.during] };
    expect(wrong(said)).toEqual(['readyz_during']);
    expect(readyzDuring(said)).toBe('503 not ready');
    expect(wrong({ ...clickhouse, during: [{ readyz: WAITING, healthz: undefined }] })).toEqual(['healthz_during']);
    const sick = { ...clickhouse, during: [{ readyz: WAITING, healthz: { status: 500, text: 'off' } }, ...clickhouse.during] };
    expect(wrong(sick)).toEqual(['healthz_during']);
    expect(healthzDuring(sick)).toBe('500 off');
    expect(healthzDuring(clickhouse)).toBe('200 ok');
    expect(wrong({ ...clickhouse, after: { readyz: WAITING, healthz: OK } })).toEqual(['readyz_after']);
    expect(wrong({ ...clickhouse, after: NOBODY })).toEqual(['readyz_after']);
  });

  it('finds gaps that are left, but for those of routers that do not answer', () => {
    expect(wrong({ ...hub, gaps: { router: 3 } })).toEqual([]);
    expect(wrong({ ...hub, gaps: { router: 3, delivery: 1 } })).toEqual(['gaps_left']);
    expect(wrong({ ...hub, gaps: { agent: 1 } })).toEqual(['gaps_left']);
  });

  it('rounds growth to a tenth and knows none without both figures', () => {
    expect(growthMb(hub)).toBe(8.3);
    expect(growthMb({ ...hub, agentRssNormalMb: null })).toBeNull();
    expect(readyzDuring({ during: [NOBODY] })).toBeNull();
    expect(healthzDuring({ during: [NOBODY] })).toBeNull();
  });
});
