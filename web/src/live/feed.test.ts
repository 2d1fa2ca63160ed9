import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFeed, retryDelayMs } from './feed.ts';
import { type FeedMessage, type FeedScope, FLEET } from './message.ts';

function message(polledAtMs: number, snapshot: boolean): FeedMessage {
  const router = {
    site: 'fra1',
    router: 'a',
    state: 'up' as const,
    polled_at_ms: polledAtMs,
    outcome: 'ok',
    error: '',
    cpu_load_pct: null,
    memory_used_ratio: null,
    uptime_ms: null,
    rx_bps: null,
    tx_bps: null,
    radio_clients: null,
  };
  return { hubTimeMs: polledAtMs, snapshot, routers: [router], ports: [], fleet: null };
}

/** Yields what is put in, until the signal aborts. */
function createPipe(signal: AbortSignal) {
  const waiting: FeedMessage[] = [];
  let wake = (): void => {};
  signal.addEventListener('abort', () => wake());
  return {
    put(next: FeedMessage): void {
      waiting.push(next);
      wake();
    },
    async *read(): AsyncGenerator<FeedMessage> {
      while (!signal.aborted) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

/** Runs a feed whose streams the test holds in its hand. */
function start() {
  const closing = new AbortController();
  const streams: { scope: FeedScope; signal: AbortSignal; put(next: FeedMessage): void }[] = [];
  const taken: FeedMessage[] = [];
  const got: (() => void)[] = [];
  const feed = createFeed({
    watch(scope, signal) {
      const pipe = createPipe(signal);
      streams.push({ scope, signal, put: (next) => pipe.put(next) });
      return pipe.read();
    },
    nowMs: () => 77,
    random: () => 0,
    onMessage(next) {
      taken.push(next);
      got.shift()?.();
    },
  });
  feed.run(closing.signal);
  return { feed, streams, taken, closing, next: () => new Promise<void>((resolve) => got.push(resolve)) };
}

test('the newest sample is the newest told, and a snapshot starts anew', async () => {
  const { feed, streams, closing, next } = start();
  for (const [polledAtMs, snapshot, newest] of [
    [500, true, 500],
    [400, false, 500],
    [900, false, 900],
    [300, true, 300],
  ] as const) {
    const arrived = next();
    streams[0]?.put(message(polledAtMs, snapshot));
    await arrived;
    expect(feed.newestMs.value).toBe(newest);
  }
  expect(feed.status.value).toBe('open');
  closing.abort();
});

test('there is one stream at a time: another scope ends the one before, none pauses', () => {
  const { feed, streams, closing } = start();
  expect(streams.map(({ scope }) => scope)).toEqual([FLEET]);
  feed.want({ site: 'fra1', router: 'a' });
  feed.want({ site: 'fra1', router: 'a' });
  expect(streams).toHaveLength(2);
  expect(streams.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  feed.want(null);
  expect(streams[1]?.signal.aborted).toBe(true);
  expect(feed.status.value).toBe('paused');
  closing.abort();
});

test('a stream that breaks is lost since then, until the next message', async () => {
  let tries = 0;
  const closing = new AbortController();
  let heard = (): void => {};
  const arrived = new Promise<void>((resolve) => (heard = resolve));
  const lost: (number | null)[] = [];
  const feed = createFeed({
    async *watch(_scope, signal) {
      tries += 1;
      if (tries === 1) throw new Error('broken');
      lost.push(feed.lostSinceMs.peek());
      yield* (function* () {
        yield message(1, true);
      })();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
    nowMs: () => 77,
    random: () => 0,
    onMessage: () => heard(),
  });
  feed.run(closing.signal);
  await arrived;
  expect(lost).toEqual([77]);
  expect(feed.lostSinceMs.value).toBeNull();
  closing.abort();
});

test('tries come less often, never more than ten seconds apart, never all at once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0, max: 1, noNaN: true }), (tries, random) => {
      const delay = retryDelayMs(tries, random);
      expect(delay).toBeGreaterThanOrEqual(250);
      expect(delay).toBeLessThanOrEqual(10_000);
    }),
  );
});
