import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { OpenAPIHono } from '@hono/zod-openapi';
import { LiveService, RouterState, type WatchResponse } from '@poplar/proto/live/v1/live';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFleet, type Fleet } from '../api/fleet.ts';
import { createReader } from '../api/reader.ts';
import { type HttpServer, startHttpServer } from '../api/server.ts';
import { interfaceRow, pollRow, SILENT, startTestStore, type TestStore } from '../api/testing.ts';
import { createClickHouse } from '../clickhouse/client.ts';
import { createLive, DEFAULT_LIVE, type Live, type LiveConfig } from './live.ts';
import { createLiveMetrics, type LiveMetrics } from './metrics.ts';

const PERIOD_MS = 100;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
});

interface Running extends AsyncDisposable {
  readonly live: Live;
  readonly server: HttpServer;
  readonly metrics: LiveMetrics;
  readonly readings: () => number;
  readonly client: () => ReturnType<typeof createClient<typeof LiveService>>;
}

const running: Running[] = [];
afterEach(async () => {
  for (const entry of running.splice(0)) await entry[Symbol.asyncDispose]();
});

async function start(config: Partial<LiveConfig> = {}): Promise<Running> {
  let readings = 0;
  const inner = createFleet({ reader: createReader(store.client), now: Date.now }, { freshMs: 0, inventoryMs: 0, runsMs: 0 });
  const fleet: Fleet = {
    read(signal) {
      readings++;
      return inner.read(signal);
    },
    find: (site, router) => inner.find(site, router),
  };
  const metrics = createLiveMetrics(new Registry());
  const status = {
    rowsPerSecond: () => 1,
    pollToStoredMs: () => ({ p50: null, p99: null }),
    ready: () => ({ ready: true, reasons: [] }),
  };
  const live = createLive(
    { clickhouse: store.client, fleet, status, now: Date.now, log: SILENT, metrics },
    { ...DEFAULT_LIVE, periodMs: PERIOD_MS, ...config },
  );
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    api: new OpenAPIHono(),
    live,
    allowedHosts: [],
    log: SILENT,
  });
  const stop = new AbortController();
  const run = live.run(stop.signal);
  const entry: Running = {
    live,
    server,
    metrics,
    readings: () => readings,
    client: () =>
      createClient(
        LiveService,
        createConnectTransport({ baseUrl: `http://127.0.0.1:${server.port}`, httpVersion: '1.1', useBinaryFormat: true }),
      ),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await run;
      await server.stop(500);
    },
  };
  running.push(entry);
  return entry;
}

/** Reads messages until one satisfies the condition. */
async function until(
  messages: AsyncIterator<WatchResponse>,
  condition: (message: WatchResponse) => boolean,
): Promise<WatchResponse> {
  for (;;) {
    const { value, done } = await messages.next();
    if (done === true) throw new Error('The feed ended');
    if (condition(value)) return value;
  }
}

describe('the live feed', () => {
  it('sends a snapshot, then what changed', async () => {
    await store.clear();
    const now = Date.now();
    await store.insert('polls', [pollRow({ router: 'r1', ts: now - 11_000 }), pollRow({ router: 'r2', ts: now - 11_000 })]);
    const { client } = await start();
    const closing = new AbortController();
    const messages = client().watch({}, { signal: closing.signal })[Symbol.asyncIterator]();
    const first = await until(messages, () => true);
    expect(first.snapshot).toBe(true);
    expect(first.routers.map(({ router, state }) => [router, state])).toEqual([
      ['r1', RouterState.UP],
      ['r2', RouterState.UP],
    ]);
    await store.insert('polls', [pollRow({ router: 'r2', ts: now - 1000, outcome: 'timeout', error: 'no answer' })]);
    const change = await until(messages, (message) => message.routers.length > 0);
    expect(change.snapshot).toBe(false);
    expect(change.routers).toMatchObject([{ router: 'r2', state: RouterState.SUSPECT, outcome: 'timeout', error: 'no answer' }]);
    expect(change.fleet).toMatchObject({ routersUp: 1, routersSuspect: 1 });
    closing.abort();
  });

  it('sends a router’s own feed with its interfaces', async () => {
    await store.clear();
    const now = Date.now();
    await store.insert('polls', [
      pollRow({ ts: now - 11_000 }),
      pollRow({ ts: now - 1000 }),
      pollRow({ router: 'r2', ts: now - 1000 }),
    ]);
    await store.insert('interface_counters', [
      interfaceRow({ ts: now - 11_000, rx_bytes: 0, tx_bytes: 0 }),
      interfaceRow({ ts: now - 1000, rx_bytes: 1250, tx_bytes: null }),
    ]);
    const { client } = await start();
    const closing = new AbortController();
    const messages = client().watch({ site: 'fra1', router: 'r1' }, { signal: closing.signal })[Symbol.asyncIterator]();
    const first = await until(messages, () => true);
    expect(first.snapshot).toBe(true);
    expect(first.routers.map(({ router }) => router)).toEqual(['r1']);
    expect(first.interfaces).toMatchObject([{ interface: 'ether1', rxBps: 1000, running: true }]);
    expect(first.interfaces[0]?.txBps).toBeUndefined();
    closing.abort();
  });

  it('reads once per period for all watchers, and not at all without any', async () => {
    const { live, client, readings } = await start();
    expect(readings()).toBe(0);
    const closing = new AbortController();
    const feeds = Array.from({ length: 10 }, () => client().watch({}, { signal: closing.signal })[Symbol.asyncIterator]());
    await Promise.all(feeds.map((feed) => until(feed, () => true)));
    const before = readings();
    const startedMs = performance.now();
    await Promise.all(
      feeds.map(async (feed) => {
        for (let message = 0; message < 5; message++) await until(feed, () => true);
      }),
    );
    expect(readings() - before).toBeLessThanOrEqual((performance.now() - startedMs) / PERIOD_MS + 2);
    closing.abort();
    await vi.waitFor(() => expect(live.watchers()).toBe(0), { timeout: 1000 });
    // Only time can show that nothing happens: the period under way and five more.
    const idleFromMs = performance.now();
    await vi.waitFor(() => expect(performance.now() - idleFromMs).toBeGreaterThan(PERIOD_MS));
    const after = readings();
    await vi.waitFor(() => expect(performance.now() - idleFromMs).toBeGreaterThan(6 * PERIOD_MS));
    expect(readings()).toBe(after);
    const again = new AbortController();
    await until(client().watch({}, { signal: again.signal })[Symbol.asyncIterator](), ({ snapshot }) => snapshot);
    expect(readings()).toBeGreaterThan(after);
    again.abort();
  });

  it('ends a feed within a second when its tab is closed', async () => {
    const { live, client } = await start();
    const closing = new AbortController();
    await until(client().watch({}, { signal: closing.signal })[Symbol.asyncIterator](), () => true);
    expect(live.watchers()).toBe(1);
    closing.abort();
    await vi.waitFor(() => expect(live.watchers()).toBe(0), { timeout: 1000, interval: 20 });
  });

  it('ends the feed of a tab that does not read, and no other', async () => {
    await store.clear();
    const now = Date.now();
    // Snapshots too large for the sockets' buffers.
    const error = 'x'.repeat(4000);
    await store.insert(
      'polls',
      Array.from({ length: 3000 }, (_, index) =>
        pollRow({ router: `r${index}`, ts: now - 1000, outcome: 'timeout', error: `${error}${index}` }),
      ),
    );
    const { live, client, server, metrics } = await start({ stuckMaxMs: 300 });
    const socket = connectSocket(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.pause();
    const body = Buffer.from([0, 0, 0, 0, 0]);
    socket.write(
      `POST /poplar.live.v1.LiveService/Watch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/connect+proto\r\n` +
        `Connect-Protocol-Version: 1\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body);
    const closing = new AbortController();
    const reading = client().watch({}, { signal: closing.signal })[Symbol.asyncIterator]();
    await until(reading, () => true);
    // The one that reads goes on; it must be read while the other is waited for.
    const ended = vi.waitFor(
      async () => {
        await until(reading, () => true);
        expect((await metrics.dropped.get()).values).toMatchObject([{ labels: { cause: 'slow' }, value: 1 }]);
        expect(live.watchers()).toBe(1);
      },
      { timeout: 15_000, interval: 10 },
    );
    await ended;
    socket.destroy();
    closing.abort();
  });

  it('stops while ClickHouse hangs', async () => {
    // Takes every query and never answers.
    const asked = Promise.withResolvers<void>();
    const hanging = createHttpServer(() => asked.resolve());
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    const address = hanging.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    await using clickhouse = createClickHouse({
      url: `http://127.0.0.1:${address.port}`,
      user: 'x',
      password: '',
      database: 'x',
    });
    const status = {
      rowsPerSecond: () => 0,
      pollToStoredMs: () => ({ p50: null, p99: null }),
      ready: () => ({ ready: true, reasons: [] }),
    };
    const live = createLive({ clickhouse, status, now: Date.now, log: SILENT });
    await using server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      api: new OpenAPIHono(),
      live,
      allowedHosts: [],
      log: SILENT,
    });
    const stop = new AbortController();
    const run = live.run(stop.signal);
    const watching = new AbortController();
    const transport = createConnectTransport({ baseUrl: `http://127.0.0.1:${server.port}`, httpVersion: '1.1' });
    const feed = createClient(LiveService, transport).watch({}, { signal: watching.signal })[Symbol.asyncIterator]().next();
    await asked.promise;
    stop.abort(new Error('stopping'));
    // The query would be given up after a minute, the test is before.
    await run;
    const connections = (): Promise<number> => new Promise((resolve) => hanging.getConnections((_, count) => resolve(count)));
    await vi.waitFor(async () => expect(await connections()).toBe(0), { timeout: 1000, interval: 20 });
    watching.abort();
    await expect(feed).rejects.toThrow('aborted');
    hanging.close();
  });

  it('refuses half a selection, and feeds beyond the limit', async () => {
    const { client } = await start({ watchersMax: 1 });
    const code = async (feed: AsyncIterable<WatchResponse>): Promise<Code | undefined> => {
      try {
        await until(feed[Symbol.asyncIterator](), () => true);
        return undefined;
      } catch (error) {
        return ConnectError.from(error).code;
      }
    };
    expect(await code(client().watch({ site: 'fra1' }))).toBe(Code.InvalidArgument);
    const closing = new AbortController();
    expect(await code(client().watch({}, { signal: closing.signal }))).toBeUndefined();
    expect(await code(client().watch({}))).toBe(Code.ResourceExhausted);
    closing.abort();
  });
});
