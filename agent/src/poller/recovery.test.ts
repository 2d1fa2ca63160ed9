/** However a router was away and for how long, it is visited soon after its return. Time is simulated. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createClock } from '../clock.ts';
import { outcomeName } from './outcome.ts';
import { createPoller, type Poller } from './poller.ts';
import { type DialRouter, type Reply, type RouterClient, SessionError, type SessionFault } from './router-client.ts';
import { COLLECTORS, EPOCH, LOAD, NO_METRICS, target } from './testing.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** How long a router takes to say anything, ms. */
const ROUND_TRIP_MS = 1;
const RIGHTLESS: Reply = { rows: [], traps: [{ kind: 'permission', message: 'not enough permissions (9)' }], ret: undefined };
const NOTHING: Reply = { rows: [], traps: [], ret: undefined };

const wait = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

type Failing = SessionFault | 'silent' | 'hanging' | 'rightless';
const WAYS: readonly Failing[] = [
  'refused',
  'timeout',
  'auth',
  'permission',
  'closed',
  'protocol',
  'tls',
  'unreachable',
  'max-sessions',
  'silent',
  'hanging',
  'rightless',
];

/** A router that is away as long as `away()` says so, in one way: also for the sessions that are open when it leaves. */
function routerThat(failing: Failing, away: () => boolean): DialRouter {
  return async (_, { connectMs, commandMs }) => {
    const fail = async (fault: SessionFault, afterMs: number): Promise<never> => {
      await wait(afterMs);
      throw new SessionError(fault, 'poll', failing);
    };
    const refuses = failing !== 'silent' && failing !== 'hanging' && failing !== 'rightless' && failing !== 'closed';
    if (away() && failing === 'silent') await fail('timeout', connectMs);
    if (away() && refuses) await fail(failing, failing === 'timeout' ? connectMs : ROUND_TRIP_MS);
    await wait(ROUND_TRIP_MS);
    let ended: SessionError | undefined;
    const client: RouterClient = {
      async command() {
        if (ended !== undefined) throw ended;
        const hangs = failing === 'hanging' || failing === 'silent' || failing === 'timeout';
        const leaves = away();
        await wait(leaves && hangs ? commandMs : ROUND_TRIP_MS);
        if (!leaves) return NOTHING;
        if (failing === 'rightless') return RIGHTLESS;
        ended = new SessionError(hangs ? 'timeout' : 'closed', 'poll', failing);
        throw ended;
      },
      get ended() {
        return ended;
      },
      close() {
        ended ??= new SessionError('closed', 'poll', 'the agent closed it');
      },
    };
    return client;
  };
}

interface Told {
  readonly startedMs: number;
  readonly outcome: string;
}

/** Polls `routers` alike routers until each has been visited after their return; returns the visits to each. */
async function pollThrough(
  failing: Failing,
  routers: number,
  intervalMs: number,
  deadlineMs: number,
  backMs: number,
): Promise<Map<string, Told[]>> {
  const originMs = performance.now();
  const visits = new Map<string, Told[]>();
  const isBack = (): boolean => performance.now() - originMs >= backMs;
  const poller: Poller = createPoller(
    {
      epoch: EPOCH,
      intervalMs,
      deadlines: { connectMs: deadlineMs, commandMs: deadlineMs },
      concurrency: 1,
      collectors: COLLECTORS,
      load: LOAD,
      routers: Array.from({ length: routers }, (_, index) => target({ host: '127.86.3.1', port: 1 }, `r${index}`)),
    },
    {
      dial: routerThat(failing, () => !isBack()),
      clock: createClock(),
      random: Math.random,
      onVisit({ poll }) {
        const told = visits.get(poll.router) ?? [];
        visits.set(poll.router, told);
        const endedMs = performance.now() - originMs;
        told.push({ startedMs: endedMs - Number(poll.durationUs) / 1000, outcome: outcomeName(Number(poll.outcome)) });
      },
      log: { info() {}, warn() {}, error() {} },
      metrics: NO_METRICS,
    },
  );
  const stop = new AbortController();
  const running = poller.run(stop.signal);
  await vi.advanceTimersByTimeAsync(backMs + 3 * intervalMs + 3 * deadlineMs + 1000);
  stop.abort();
  await vi.advanceTimersByTimeAsync(4 * deadlineMs + 1000);
  await running;
  return visits;
}

it.each(WAYS)('a router that was %s is visited within two intervals of its return', async (failing) => {
  const intervals = fc.integer({ min: 100, max: 10_000 });
  await fc.assert(
    fc.asyncProperty(
      intervals,
      fc.integer({ min: 50, max: 5000 }),
      fc.integer({ min: 0, max: 40_000 }),
      fc.integer({ min: 1, max: 4 }),
      async (intervalMs, deadlineMs, away, routers) => {
        const backMs = Math.round((away / 1000) * intervalMs);
        const visits = await pollThrough(failing, routers, intervalMs, deadlineMs, backMs);
        expect(visits.size).toBe(routers);
        for (const told of visits.values()) {
          const first = told.find(({ outcome }) => outcome === 'ok')?.startedMs ?? Number.POSITIVE_INFINITY;
          // A visit that was under way when the router came back may have to wait for its deadlines first.
          const lastFailure = told.findLast(
            ({ startedMs, outcome }) => outcome !== 'overrun' && outcome !== 'ok' && startedMs < backMs,
          );
          expect(first - backMs).toBeLessThanOrEqual(2 * intervalMs + (lastFailure === undefined ? 0 : 2 * deadlineMs));
        }
      },
    ),
    { numRuns: 25 },
  );
});

it('after a whole day away, too', async () => {
  const visits = await pollThrough('refused', 1, 10_000, 5000, 86_400_000);
  const [told = []] = visits.values();
  expect(told.filter(({ outcome }) => outcome === 'refused').length).toBeGreaterThan(4320);
  const first = told.find(({ outcome }) => outcome === 'ok')?.startedMs ?? Number.POSITIVE_INFINITY;
  expect(first - 86_400_000).toBeLessThanOrEqual(20_000);
});
