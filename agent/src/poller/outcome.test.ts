import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import { describe, expect, it } from 'vitest';
import { isAnswered, outcomeName, outcomeOfAnswers, outcomeOfFault } from './outcome.ts';

const denied = { permission: true, reason: 'not enough permissions (9)' };
const failed = { permission: false, reason: 'interrupted' };

describe('the outcome of a visit', () => {
  it.each([
    [0, [], 'ok'],
    [3, [], 'ok'],
    [1, [failed], 'partial'],
    [1, [denied], 'partial'],
    [0, [denied, denied], 'permission'],
    [0, [denied, failed], 'partial'],
  ])('with %d answers and failures %j is %s', (answered, failures, name) => {
    expect(outcomeName(outcomeOfAnswers(answered, failures))).toBe(name);
  });

  it.each(['refused', 'timeout', 'auth', 'permission', 'closed', 'protocol', 'tls', 'unreachable'] as const)(
    'that ended by %s is that, or partial when something was answered',
    (fault) => {
      expect(outcomeName(outcomeOfFault(fault, 0))).toBe(fault);
      expect(outcomeName(outcomeOfFault(fault, 1))).toBe('partial');
    },
  );

  it('counts as answered only when the router answered', () => {
    const answered = Object.values(PollOutcome).filter((outcome) => isAnswered(outcome));
    expect(answered.map((outcome) => outcomeName(outcome))).toEqual(['ok', 'partial']);
  });
});
