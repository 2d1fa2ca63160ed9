import { describe, expect, it } from 'vitest';
import { startStack } from './stack.ts';

describe('npm start -- --for-s --json', () => {
  it('polls, stores every row once, and says so in one JSON object', { timeout: 120_000 }, async () => {
    await using stack = await startStack({ routers: 25, sites: 3, intervalMs: 1000, flags: ['--for-s', '15', '--json'] });
    expect(await stack.ended, stack.stderr()).toBe(0);
    const result: Record<string, number> = JSON.parse(stack.stdout().trim().split('\n').at(-1) ?? '');
    expect(result).toMatchObject({ routers: 25, sites: 3, missing: 0, duplicates: 0, wrong: 0 });
    // A machine that is busy may not come to a poll within its second.
    expect(result['polls_failed']).toBe(result['polls_overrun']);
    expect(result['rows_stored']).toBe(result['rows_expected']);
    expect(result['polls']).toBeGreaterThan(25 * 10);
    expect(result['wire_bytes']).toBeGreaterThan(0);
    expect(result['disk_bytes']).toBeGreaterThan(0);
    for (const key of ['agent_rss_mb', 'hub_rss_mb', 'engine_rss_mb', 'agent_cpu_pct', 'hub_cpu_pct', 'p99_poll_to_stored_ms'])
      expect(result[key], key).toBeGreaterThan(0);
    expect(stack.stderr()).toContain(`Poplar is running: open ${stack.url}`);
    expect(stack.processes()).toEqual([]);
  });
});
