import { describe, expect, it } from 'vitest';
import { brokenLimits } from './result.ts';

const GOOD = { missing: 0, duplicates: 0, wrong: 0, batches_rejected: 0, hub_rss_mb: 256, p99_batch_to_stored_ms: 5000 };

describe('the limits of a run', () => {
  it('hold at their values, and for a hub whose memory is not known', () => {
    expect(brokenLimits(GOOD)).toEqual([]);
    expect(brokenLimits({ ...GOOD, hub_rss_mb: null })).toEqual([]);
  });

  it.each([
    [{ missing: 1 }, '1 rows are missing'],
    [{ duplicates: 2 }, '2 rows are there twice'],
    [{ wrong: 3 }, '3 rows are wrong'],
    [{ batches_rejected: 4 }, '4 batches were rejected'],
    [{ hub_rss_mb: 257 }, 'the hub took 257 MiB, over 256'],
    [{ p99_batch_to_stored_ms: 5001 }, 'p99 from batch to stored is 5001 ms, over 5000'],
    [{ p99_batch_to_stored_ms: null }, 'p99 from batch to stored is unknown ms, over 5000'],
  ])('are broken by %j', (change, text) => {
    expect(brokenLimits({ ...GOOD, ...change })).toEqual([text]);
  });
});
