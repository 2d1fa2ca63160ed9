import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RecentPoll, radioPoll, routerState, silenceAfterMs } from './state.ts';

const NOW = Date.UTC(2026, 0, 1);
const INTERVAL = 10_000;

/** Polls newest first, one interval apart, the newest `ageMs` ago; 1 answered, 0 failed. */
function polls(answers: readonly (0 | 1)[], ageMs = 2000): RecentPoll[] {
  return answers.map((answered, index) => ({ ms: NOW - ageMs - index * INTERVAL, answered: answered === 1, radioClients: 0 }));
}

describe('routerState', () => {
  it('is up when the newest poll was answered, whatever came before', () => {
    expect(routerState(NOW, INTERVAL, polls([1, 0, 0, 0, 0]))).toBe('up');
  });

  it('is suspect after one or two failures and down after three', () => {
    expect(routerState(NOW, INTERVAL, polls([0, 1, 1]))).toBe('suspect');
    expect(routerState(NOW, INTERVAL, polls([0, 0, 1]))).toBe('suspect');
    expect(routerState(NOW, INTERVAL, polls([0, 0, 0, 1]))).toBe('down');
  });

  it('is suspect when fewer than three polls exist and all failed', () => {
    expect(routerState(NOW, INTERVAL, polls([0, 0]))).toBe('suspect');
  });

  it('is down when three of the newest five failed, the newest among them, and none of them is old', () => {
    expect(routerState(NOW, INTERVAL, polls([0, 1, 0, 1, 0]))).toBe('down');
    expect(routerState(NOW, INTERVAL, polls([0, 1, 1, 0, 1, 0]))).toBe('suspect');
    const [newest, second, third] = polls([0, 0, 0]);
    if (newest === undefined || second === undefined || third === undefined) throw new Error('three polls');
    expect(routerState(NOW, INTERVAL, [newest, second, { ...third, ms: newest.ms - 120_000 }])).toBe('down');
    expect(routerState(NOW, INTERVAL, [newest, second, { ...third, ms: newest.ms - 120_001 }])).toBe('suspect');
  });

  it('is unknown without polls, and when the newest is older than three intervals', () => {
    expect(routerState(NOW, INTERVAL, [])).toBe('unknown');
    expect(routerState(NOW, INTERVAL, polls([1], 30_000))).toBe('up');
    expect(routerState(NOW, INTERVAL, polls([1], 30_001))).toBe('unknown');
    expect(routerState(NOW, INTERVAL, polls([0, 0, 0], 30_001))).toBe('unknown');
  });

  it('leaves a router that is polled every second at least 16 seconds', () => {
    expect(silenceAfterMs(1000)).toBe(16_000);
  });

  it('depends on the newest five alone', () => {
    const history = fc.array(fc.constantFrom<0 | 1>(0, 1), { minLength: 4, maxLength: 8 });
    fc.assert(
      fc.property(history, (answers) => {
        const failures = answers.slice(0, 5).reduce((sum: number, answered) => sum + 1 - answered, 0);
        const expected = answers[0] === 1 ? 'up' : failures < 3 ? 'suspect' : 'down';
        expect(routerState(NOW, INTERVAL, polls(answers))).toBe(expected);
      }),
    );
  });
});

describe('radioPoll', () => {
  const clients = (counts: readonly number[]): RecentPoll[] =>
    counts.map((radioClients, index) => ({ ms: NOW - index * INTERVAL, answered: true, radioClients }));

  it('is the newest poll when every visit reads the clients', () => {
    expect(radioPoll(clients([4, 5, 5]))?.radioClients).toBe(4);
  });

  it('is none when the last client has left', () => {
    expect(radioPoll(clients([0, 5, 5]))).toBeUndefined();
  });

  it('is the newest reading when only every third visit reads the clients', () => {
    expect(radioPoll(clients([0, 0, 7, 0, 0, 6, 0, 0]))?.radioClients).toBe(7);
    expect(radioPoll(clients([0, 0, 0, 7, 0, 0, 6, 0]))).toBeUndefined();
  });

  it('skips failed polls', () => {
    const [newest, ...rest] = clients([0, 5, 5]);
    expect(newest).toBeDefined();
    expect(radioPoll([{ ms: NOW, answered: false, radioClients: 0 }, ...rest])?.radioClients).toBe(5);
  });
});
