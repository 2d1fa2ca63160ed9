import { describe, expect, it } from 'vitest';
import { pauseMs } from './pause.ts';

/** TOO_MANY_PARTS: an answer that asks for patience. */
const OVERLOADED = { code: 252 };
const UNANSWERED = { code: undefined };
const attempts = [0, 1, 2, 3, 4, 5, 6, 2000];

describe('the pause after a failed insert', () => {
  it('doubles, up to one second while ClickHouse does not answer: fresh rows are visible soon after it is back', () => {
    const pauses = attempts.map((attempt) => pauseMs(attempt, 250, UNANSWERED));
    expect(pauses).toEqual([250, 500, 1000, 1000, 1000, 1000, 1000, 1000]);
  });

  it('grows longer while ClickHouse answers and refuses', () => {
    const pauses = attempts.map((attempt) => pauseMs(attempt, 250, OVERLOADED));
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 7500, 7500, 7500]);
  });
});
