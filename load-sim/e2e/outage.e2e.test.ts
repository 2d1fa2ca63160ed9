import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OUTAGE_KINDS } from '../src/faultrun/outage/plan.ts';
import { faultRun } from './faultrun.ts';

/** How fast it came back and what it used are limits of the command, not of this test: the machine may be busy. */
const figure = z.number().nullable();
const outageResult = z.looseObject({
  routers: z.literal(40),
  polls: z.number().min(40 * 20),
  missing: z.literal(0),
  duplicates: z.literal(0),
  wrong: z.literal(0),
  unexplained_missing: z.literal(0),
  batches_stored: z.number(),
  batches_skipped: z.literal(0),
  unexpected_ends: z.literal(0),
  outage: z.enum(OUTAGE_KINDS),
  outage_s: z.number().min(15),
  reconnect_ms: z.number(),
  fresh_visible_ms: z.number(),
  fresh_p99_ms: z.number(),
  backlog_batches: z.number().min(10),
  backlog_complete_s: z.number(),
  agent_rss_normal_mb: figure,
  agent_rss_peak_mb: figure,
  agent_rss_growth_mb: figure,
  hub_rss_peak_mb: figure,
  readyz_during: z.string().nullable(),
  healthz_during: z.string().nullable(),
  readyz_after: z.literal('ready'),
  gaps_left: z.record(z.string(), z.number()),
  limits: z.record(z.string(), z.number()),
  right: z.boolean(),
});

const FLAGS = '--outage-s 15 --for-s 30 --routers 40 --sites 2 --interval-ms 1000';

describe('npm run faults -- --outage', () => {
  it('hub: everything that was polled meanwhile is there afterwards, once', { timeout: 180_000 }, async () => {
    const run = await faultRun(`--outage hub ${FLAGS}`);
    expect(run.json, run.stderr).not.toBe('');
    const result = outageResult.parse(JSON.parse(run.json));
    expect(result.gaps_left).not.toHaveProperty('delivery');
    expect(result.readyz_during).toBeNull();
    expect(run.survivors).toEqual([]);
  });

  it('clickhouse: the hub lives and says why it is not ready; everything is there afterwards, once', {
    timeout: 180_000,
  }, async () => {
    const run = await faultRun(`--outage clickhouse ${FLAGS}`);
    expect(run.json, run.stderr).not.toBe('');
    const result = outageResult.parse(JSON.parse(run.json));
    expect(result.gaps_left).not.toHaveProperty('delivery');
    expect(result.readyz_during).toMatch(/^503 .*Cannot reach ClickHouse/);
    expect(result.healthz_during).toBe('200 ok');
    expect(run.survivors).toEqual([]);
  });
});
