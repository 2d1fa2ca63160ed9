/** An HTTP proxy between a hub and ClickHouse that can fail in every way that a proxy, a network or a server fails. */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { openDoor } from './door.ts';

export type StoreMode =
  | { readonly kind: 'pass' }
  | { readonly kind: 'refuse' }
  /** Requests are taken and never answered; their connections are reset afterwards. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Answered by the proxy; ClickHouse hears nothing of it. */
  | { readonly kind: 'error'; readonly status: 500 | 503 }
  /** Inserts are done, but the answer to them ends in the middle of its first line. */
  | { readonly kind: 'cut' };

export interface StoreProxy extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Inserts that were done and whose answer was cut. */
  readonly cuts: number;
  /** Requests that came. */
  readonly requests: number;
  set(mode: StoreMode): Promise<void>;
}

/** Starts a proxy to ClickHouse's HTTP port on 127.0.0.1. */
export async function startStoreProxy(targetPort: number): Promise<StoreProxy> {
  const connections = new Agent({ keepAlive: true, timeout: 5000 });
  let mode: StoreMode = { kind: 'pass' };
  let changed = Promise.withResolvers<void>();
  let cuts = 0;
  let requests = 0;

  async function answer(asked: IncomingMessage, answering: ServerResponse, socket: Socket): Promise<void> {
    const current = mode;
    requests++;
    if (current.kind === 'hang') {
      asked.resume();
      await changed.promise;
      return void socket.resetAndDestroy();
    }
    if (current.kind === 'error') {
      asked.resume();
      answering.writeHead(current.status, { 'content-type': 'text/html', connection: 'close' });
      return void answering.end('<html><h1>The server is temporarily unable to service your request</h1></html>\n');
    }
    const { method, url: path } = asked;
    // The embedded engine answers to its own name only.
    const headers = { ...asked.headers, host: `127.0.0.1:${targetPort}` };
    const upstream = request({ host: '127.0.0.1', port: targetPort, method, path, headers, agent: connections });
    const replied = new Promise<IncomingMessage>((resolve, reject) => {
      upstream.once('response', resolve);
      upstream.once('error', reject);
    });
    replied.catch(() => {});
    // A hub that is killed takes its statement with it, as it would without a proxy.
    answering.once('close', () => upstream.destroy());
    await pipeline(asked, throttle(current), upstream);
    const reply = await replied;
    if (current.kind === 'cut' && isInsert(asked)) {
      for await (const _ of reply) {
        // Read to its end: the insert is done.
      }
      cuts++;
      socket.write('HTTP/1.1 200 OK\r\nX-Clic', () => socket.destroy());
      return;
    }
    answering.writeHead(reply.statusCode ?? 502, reply.headers);
    await pipeline(reply, throttle(current), answering);
  }

  const server = createServer((asked, answering) => {
    // Later a request no longer knows it.
    const { socket } = asked;
    answer(asked, answering, socket).catch(() => socket.destroy());
  });
  const door = await openDoor(server);

  return {
    port: door.port,
    get cuts() {
      return cuts;
    },
    get requests() {
      return requests;
    },
    async set(next) {
      mode = next;
      changed.resolve();
      changed = Promise.withResolvers();
      if (next.kind !== 'refuse') return await door.open();
      door.close();
      server.closeAllConnections();
    },
    async [Symbol.asyncDispose]() {
      mode = { kind: 'pass' };
      changed.resolve();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      connections.destroy();
    },
  };
}

/** An insert of rows has its statement in the address; the rows are the body. */
function isInsert({ url = '' }: IncomingMessage): boolean {
  return /^INSERT\b/i.test(new URL(url, 'http://proxy').searchParams.get('query') ?? '');
}

/** Passes what it gets, slowly if the mode says so. */
function throttle(mode: StoreMode): Transform {
  if (mode.kind !== 'slow') return new PassThrough();
  const { bytesPerSecond } = mode;
  return new Transform({
    transform(chunk: Buffer, _encoding, pass) {
      void delay((1000 * chunk.length) / bytesPerSecond).then(() => pass(null, chunk));
    },
  });
}
