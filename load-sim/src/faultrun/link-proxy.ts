/** A TCP proxy whose line can be cut, hung, slowed and refused. It looks at no byte that it passes. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { openDoor } from './door.ts';

export type LinkMode =
  | { readonly kind: 'pass' }
  /** Connections are refused, standing ones reset. */
  | { readonly kind: 'refuse' }
  /** Connections are accepted, nothing is passed on. What was held goes on afterwards. */
  | { readonly kind: 'hang' }
  /** Each direction of each connection passes so many bytes per second. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Each connection is reset when the client has sent so many bytes, in the middle of a message or not. */
  | { readonly kind: 'cut'; readonly afterBytes: number };

export interface LinkProxy extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Connections that were reset by `cut`. */
  readonly cuts: number;
  set(mode: LinkMode): Promise<void>;
  /** Resets all connections. */
  sever(): void;
}

/** Pieces per second of a slowed line. */
const PIECES_PER_SECOND = 20;

/** Starts a proxy to a port on 127.0.0.1. */
export async function startLinkProxy(targetPort: number): Promise<LinkProxy> {
  const sockets = new Set<Socket>();
  let mode: LinkMode = { kind: 'pass' };
  let changed = Promise.withResolvers<void>();
  let cuts = 0;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const target = connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true });
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => reset(client, target));
      socket.once('close', () => {
        sockets.delete(socket);
        reset(client, target);
      });
    }
    void pump(client, target, true).catch(() => reset(client, target));
    void pump(target, client, false).catch(() => reset(client, target));
  });
  const door = await openDoor(server);

  async function pump(from: Socket, to: Socket, fromClient: boolean): Promise<void> {
    let sinceCut = 0;
    for await (const chunk of from.iterator({ destroyOnReturn: false })) {
      let rest: Buffer = chunk;
      while (rest.length > 0) {
        if (mode.kind === 'hang') {
          await changed.promise;
          continue;
        }
        if (mode.kind === 'slow') {
          const piece = Math.max(1, Math.floor(mode.bytesPerSecond / PIECES_PER_SECOND));
          await write(to, rest.subarray(0, piece));
          rest = rest.subarray(piece);
          await Promise.race([delay(1000 / PIECES_PER_SECOND), changed.promise]);
          continue;
        }
        if (mode.kind !== 'cut') sinceCut = 0;
        else if (fromClient && sinceCut + rest.length > mode.afterBytes) {
          await write(to, rest.subarray(0, mode.afterBytes - sinceCut));
          cuts++;
          reset(from, to);
          return;
        } else sinceCut += rest.length;
        await write(to, rest);
        rest = rest.subarray(rest.length);
      }
    }
    to.end();
  }

  function sever(): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  return {
    port: door.port,
    get cuts() {
      return cuts;
    },
    async set(next) {
      mode = next;
      changed.resolve();
      changed = Promise.withResolvers();
      if (next.kind !== 'refuse') return await door.open();
      door.close();
      sever();
    },
    sever,
    async [Symbol.asyncDispose]() {
      mode = { kind: 'pass' };
      changed.resolve();
      door.close();
      sever();
      while (sockets.size > 0) await delay(1);
    },
  };
}

function reset(...sockets: readonly Socket[]): void {
  for (const socket of sockets) if (!socket.destroyed) socket.resetAndDestroy();
}

/** Resolves when the socket can take more. Throws when it has closed. */
async function write(to: Socket, bytes: Buffer): Promise<void> {
  if (to.destroyed) throw new Error('the other side is gone');
  if (to.write(bytes)) return;
  const closed = once(to, 'close');
  closed.catch(() => {});
  await Promise.race([once(to, 'drain'), closed]);
}
