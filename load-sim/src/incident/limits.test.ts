import { describe, expect, it } from 'vitest';
import { brokenLimits, limitsAt } from './limits.ts';
import { sampleRun } from './testing.ts';

const IDLE = limitsAt(10_000, 512);

describe('the limits of the incident', () => {
  it('are those of idle load from 10 s on, and below that the memory limit', () => {
    expect(IDLE).toEqual({ hubRssMb: 200, hubCpuPct: 10, pollToStoredMs: 5000, growthPct: 5 });
    expect(limitsAt(120_000, 512)).toEqual(IDLE);
    expect(limitsAt(10_000, 150).hubRssMb).toBe(150);
    expect(limitsAt(1000, 512)).toEqual({ hubRssMb: 512, hubCpuPct: undefined, pollToStoredMs: 5000, growthPct: 5 });
  });

  it('are kept by a run at them', () => {
    expect(brokenLimits(sampleRun({ hub_rss_mb: 200, hub_cpu_pct: 10, p99_poll_to_stored_ms: 5000 }), IDLE)).toEqual([]);
  });

  it.each([
    [{ missing: 1 }, 'At 10 s: 1 rows lost, 0 there twice, 0 wrong'],
    [{ duplicates: 2 }, 'At 10 s: 0 rows lost, 2 there twice, 0 wrong'],
    [{ wrong: 3 }, 'At 10 s: 0 rows lost, 0 there twice, 3 wrong'],
    [{ missed_polls: 1 }, 'At 10 s: polls did not end as the scenario has it'],
    [{ rows_stored: 0 }, 'At 10 s: nothing was stored'],
    [{ hub_rss_mb: 201 }, "At 10 s: the hub's resident set was 201 MiB, the limit is 200"],
    [{ hub_cpu_pct: 10.1 }, 'At 10 s: the hub used 10.1 % of a core, the limit is 10'],
    [{ p99_poll_to_stored_ms: 5001 }, 'At 10 s: from poll to stored p99 was 5001 ms, the limit is 5000'],
    [{ p99_poll_to_stored_ms: null }, 'At 10 s: from poll to stored p99 was unknown ms, the limit is 5000'],
  ])('are broken by %j', (changes, line) => {
    expect(brokenLimits(sampleRun(changes), IDLE)).toEqual([line]);
  });

  it.each(['hub', 'agent'] as const)('are broken by a long run in which the %s still grows', (name) => {
    const quarters = { [`${name}_rss_quarters_mb`]: [90, 100, 103, 105.1] };
    expect(brokenLimits(sampleRun({ ...quarters, for_s: 1800 }), IDLE)).toEqual([
      `At 10 s: the ${name}'s resident set grew from 100 MiB in the second quarter to 105.1 MiB in the last, the limit is 5 %`,
    ]);
    expect(brokenLimits(sampleRun({ ...quarters, for_s: 1799 }), IDLE)).toEqual([]);
    const settled = { [`${name}_rss_quarters_mb`]: [50, 100, 110, 105] };
    expect(brokenLimits(sampleRun({ ...settled, for_s: 1800 }), IDLE)).toEqual([]);
  });

  it('say nothing of what is not measured, and nothing of CPU below 10 s', () => {
    expect(
      brokenLimits(sampleRun({ hub_rss_mb: null, hub_cpu_pct: null, hub_rss_quarters_mb: null, for_s: 1800 }), IDLE),
    ).toEqual([]);
    expect(brokenLimits(sampleRun({ interval_ms: 1000, hub_cpu_pct: 90, hub_rss_mb: 500 }), limitsAt(1000, 512))).toEqual([]);
  });
});
