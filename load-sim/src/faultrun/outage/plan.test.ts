import { describe, expect, it } from 'vitest';
import { timesOf } from './plan.ts';

describe('the plan of an outage', () => {
  it('lies in the middle of the run; what is normal is measured in the half before it', () => {
    expect(timesOf({ kind: 'hub', forMs: 600_000 }, 900_000)).toEqual({
      settledMs: 75_000,
      downMs: 150_000,
      forMs: 600_000,
      endMs: 900_000,
    });
  });
});
