import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../src/faultrun/kinds.ts';
import { faultRun } from './faultrun.ts';

describe('npm run faults', () => {
  it('lets every kind of fault happen; nothing is lost without a reason, nothing is there twice', {
    timeout: 240_000,
  }, async () => {
    const run = await faultRun('--for-s 38 --seed 3 --routers 36 --sites 3 --interval-ms 500');
    expect(run.code, run.stderr).toBe(0);
    const result = JSON.parse(run.json);
    expect(result).toMatchObject({ missing: 0, duplicates: 0, wrong: 0, unexplained_missing: 0, unexpected_ends: 0 });
    expect(Object.keys(result.faults)).toEqual(FAULT_KINDS);
    expect(result.polls).toBeGreaterThan(36 * 20);
    expect(result.batches_damaged).toBe(1);
    expect(result.batches_redelivered).toBeGreaterThan(20);
    expect(result.acks_lost).toBeGreaterThan(0);
    expect(result.gaps).toBeGreaterThan(0);
    expect(result.polls_shifted).toBeGreaterThan(36);
    expect(run.survivors).toEqual([]);
  });
});
