/** A router at the end of a slow line: what its first visit has no time for is asked at the next ones. Time is simulated. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createClock } from '../clock.ts';
import { type CollectorName, collectorBit, perCollector } from '../collectors/collector.ts';
import { planAgenda } from './agenda.ts';
import type { DialRouter } from './router-client.ts';
import { EPOCH, EVERY, LOAD, outcomes, SELDOM, target } from './testing.ts';
import type { Visit } from './visit.ts';
import { createVisitor, type Visitor } from './visitor.ts';

const ROUND_TRIP_MS = 300;
const INTERVAL_MS = 10_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const dial: DialRouter = async () => ({
  command: () => new Promise((resolve) => void setTimeout(() => resolve({ rows: [], traps: [], ret: '1' }), ROUND_TRIP_MS)),
  ended: undefined,
  close() {},
});

function farRouter(): Visitor {
  const config = {
    epoch: EPOCH,
    intervalMs: INTERVAL_MS,
    deadlines: { connectMs: 5000, commandMs: 5000 },
    concurrency: 1,
    collectors: perCollector((name) => (name === 'interface' || name === 'resource' ? EVERY : SELDOM)),
    load: LOAD,
  };
  const deps = { dial, clock: createClock(), plan: planAgenda(config), onBug() {}, onRun() {}, onUnreadable() {} };
  return createVisitor(target({ host: '192.0.2.1', port: 8728 }), config, deps);
}

async function visit(visitor: Visitor, whole?: boolean): Promise<Visit> {
  const visiting = visitor.visit(whole);
  await vi.advanceTimersByTimeAsync(60_000);
  return await visiting;
}

const ALL = Object.values(perCollector(collectorBit)).reduce((bits, bit) => bits | bit, 0n);
const has = ({ poll }: Visit, name: CollectorName): boolean =>
  (Number(BigInt(poll.answeredCollectors ?? 0) / collectorBit(name)) & 1) === 1;

it('is done with a visit in time for the next one, which goes on with what is left', async () => {
  const visitor = farRouter();
  const visits = [await visit(visitor), await visit(visitor), await visit(visitor)];
  expect(outcomes(visits)).toEqual(['ok', 'ok', 'ok']);
  for (const { poll } of visits) expect(Number(poll.durationUs) / 1000).toBeLessThan(INTERVAL_MS / 2 + 5 * ROUND_TRIP_MS);
  expect(visits.every((one) => has(one, 'interface') && has(one, 'resource'))).toBe(true);
  expect(visits[0]?.poll.answeredCollectors).not.toBe(ALL);
  expect(visits.reduce((bits, { poll }) => bits | BigInt(poll.answeredCollectors ?? 0), 0n)).toBe(ALL);
});

it('is asked everything by a visit that nothing follows', async () => {
  expect((await visit(farRouter(), true)).poll.answeredCollectors).toBe(ALL);
});
