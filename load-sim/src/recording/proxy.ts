/** A loopback listener that passes one agent's sessions on to a router, and tells what was said. */
import { createServer, type Socket } from 'node:net';
import { ProtocolFault } from '../routers/codec.ts';
import { LinkError, openLink, type RouterEndpoint } from './router-link.ts';
import { createTap, EndlessReply, type TapEvents } from './tap.ts';

export interface ProxyConfig {
  readonly router: RouterEndpoint;
  /** Until the router may be written to, TLS included. */
  readonly connectMs: number;
}

export interface ProxyDeps extends TapEvents {
  /** Microseconds since the first command of the recording. */
  readonly nowUs: () => number;
  /** A session could not be opened, or was cut because of what the router sent. */
  onFault(reason: string): void;
}

export interface RecordingProxy extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
}

/** Sockets: an agent needs two for its session, and as many while the last one is being closed. */
const SOCKETS_MAX = 8;

/** Starts listening. Disposing cuts every session and stops. */
export async function startProxy(config: ProxyConfig, deps: ProxyDeps): Promise<RecordingProxy> {
  const closing = new AbortController();
  const sockets = new Set<Socket>();
  const server = createServer((agent) => {
    agent.on('error', () => agent.destroy());
    if (sockets.size >= SOCKETS_MAX) return void agent.destroy();
    sockets.add(agent);
    agent.once('close', () => sockets.delete(agent));
    // The agent is not heard before the router is there.
    agent.pause();
    openLink(config.router, config.connectMs, closing.signal).then(
      (router) => {
        sockets.add(router);
        router.once('close', () => sockets.delete(router));
        join(agent, router, deps);
      },
      (error: unknown) => {
        agent.destroy();
        if (!(error instanceof LinkError)) throw error;
        if (!closing.signal.aborted) deps.onFault(error.message);
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      closing.abort();
      // The last answers are told when their sockets have closed.
      const closed = Array.from(sockets, (socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Passes bytes in both directions at the pace of the slower side; the tap hears all of them. */
function join(agent: Socket, router: Socket, deps: ProxyDeps): void {
  const tap = createTap(deps);

  function forward(from: Socket, to: Socket, listen: (chunk: Buffer) => void): void {
    from.on('data', (chunk: Buffer) => {
      try {
        listen(chunk);
      } catch (error) {
        if (!(error instanceof ProtocolFault || error instanceof EndlessReply)) throw error;
        deps.onFault(error.message);
        from.destroy();
        return void to.destroy();
      }
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.once('end', () => to.end());
    from.once('close', () => {
      to.destroySoon();
      tap.close();
    });
  }

  agent.setNoDelay(true);
  forward(agent, router, (chunk) => tap.fromAgent(chunk));
  forward(router, agent, (chunk) => tap.fromRouter(chunk));
  if (agent.destroyed) router.destroy();
  agent.resume();
}
