import { describe, expect, it } from 'vitest';
import { createByteBudget } from './budget.ts';

const never = new AbortController().signal;

describe('the byte budget', () => {
  it('makes takers wait for room and admits them in order', async () => {
    const budget = createByteBudget(100);
    const admitted: string[] = [];
    await budget.take(80, never);
    const large = budget.take(60, never).then(() => admitted.push('large'));
    const small = budget.take(10, never).then(() => admitted.push('small'));
    expect(budget.waiting).toBe(2);
    budget.give(80);
    await Promise.all([large, small]);
    expect(admitted).toEqual(['large', 'small']);
    expect(budget.held).toBe(70);
  });

  it('admits what is larger than itself once nothing else is held', async () => {
    const budget = createByteBudget(100);
    await budget.take(1, never);
    const huge = budget.take(1000, never);
    budget.give(1);
    await huge;
    expect(budget.held).toBe(1000);
  });

  it('lets a waiter leave, and those behind it pass', async () => {
    const budget = createByteBudget(100);
    const leaving = new AbortController();
    await budget.take(60, never);
    const left = budget.take(90, leaving.signal).catch((error: unknown) => error);
    const behind = budget.take(40, never);
    leaving.abort(new Error('left'));
    expect(await left).toEqual(new Error('left'));
    await behind;
    expect(budget.held).toBe(100);
    await expect(budget.take(1, leaving.signal)).rejects.toThrow('left');
  });
});
