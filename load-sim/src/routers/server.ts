/** The simulated routers on their sockets: one listener per router, all in this process. */
import { randomBytes } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { RouterPlan, Transport } from '../fleet.ts';
import type { World } from '../traffic/world.ts';
import { secureContextOf } from './certificate.ts';
import type { TruthJournal } from './journal.ts';
import type { Segmentation } from './segments.ts';
import { createSender } from './sender.ts';
import type { ServedRouter } from './served-router.ts';
import { createSession } from './session.ts';
import { simulatedRouter } from './simulated-router.ts';

export interface RouterServerDeps {
  /** Wall clock, Unix milliseconds. */
  readonly nowMs: () => number;
  /** How replies are cut into TCP segments; whole unless named. */
  readonly segmentation?: Segmentation;
}

/** Since the start. */
export interface RouterServerCounts {
  readonly sessions: number;
  readonly sessionsOpened: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

export interface RouterServer extends AsyncDisposable {
  counts(): RouterServerCounts;
}

/** RouterOS' default for a service: one more connection is accepted and closed without a word. */
export const SESSIONS_MAX = 20;

/** Serves the simulated routers of a world. `journal` is told what is served. */
export function startRouters(
  world: World,
  { journal, ...deps }: RouterServerDeps & { readonly journal: TruthJournal | undefined },
): Promise<RouterServer> {
  return listenAsRouters(
    world.routers.map((model) => simulatedRouter(model, journal)),
    deps,
  );
}

/**
 * Starts listening on the address of every router. Rejects, with everything closed again, when one cannot listen.
 * Disposing cuts all sessions and closes all listeners.
 */
export async function listenAsRouters(routers: readonly ServedRouter[], deps: RouterServerDeps): Promise<RouterServer> {
  const counts = { sessions: 0, sessionsOpened: 0, bytesReceived: 0, bytesSent: 0 };
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const contexts = new Map(transportsOf(routers).map((transport) => [transport, secureContextOf(transport)]));

  function accept(
    router: ServedRouter,
    connection: Socket,
    ofRouter: Set<Socket>,
    secureContext: SecureContext | undefined,
  ): void {
    if (ofRouter.size >= SESSIONS_MAX) {
      connection.on('error', () => connection.destroy());
      connection.end();
      return;
    }
    connection.setNoDelay(true);
    const socket = secureContext === undefined ? connection : new TLSSocket(connection, { isServer: true, secureContext });
    ofRouter.add(socket);
    sockets.add(socket);
    counts.sessions++;
    counts.sessionsOpened++;
    const sender = createSender(socket, deps.segmentation ?? 'whole', Math.random);
    const session = createSession(router, {
      nowMs: () => Math.floor(deps.nowMs()),
      challengeBytes: () => randomBytes(16),
      send(bytes) {
        counts.bytesSent += bytes.length;
        sender.send(bytes);
      },
      whenWritable: (resume) => sender.whenWritable(resume),
      end: () => sender.end(),
      cut: () => void socket.destroy(),
    });
    socket.on('data', (chunk) => {
      counts.bytesReceived += chunk.length;
      session.receive(chunk);
    });
    // The peer's resets are its own business: the close that follows tidies up.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      session.close();
      ofRouter.delete(socket);
      sockets.delete(socket);
      counts.sessions--;
    });
  }

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.splice(0).map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  }

  try {
    for (const router of routers) {
      const ofRouter = new Set<Socket>();
      const secureContext = contexts.get(router.plan.transport);
      const server = createServer((connection) => accept(router, connection, ofRouter, secureContext));
      servers.push(server);
      await listen(server, router.plan);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { counts: () => ({ ...counts }), [Symbol.asyncDispose]: stop };
}

function transportsOf(routers: readonly ServedRouter[]): Transport[] {
  return [...new Set(routers.map(({ plan }) => plan.transport))];
}

function listen(server: Server, plan: RouterPlan): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new Error(`Cannot listen on ${plan.address}:${plan.port} for router ${plan.router}: ${reasonOf(error)}`, {
          cause: error,
        }),
      );
    });
    server.listen({ host: plan.address, port: plan.port, backlog: 128 }, () => {
      server.removeAllListeners('error');
      server.on('error', () => {});
      resolve();
    });
  });
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'the port is taken. Stop the other simulator, or give another --router-net';
    case 'EADDRNOTAVAIL':
      return 'this system does not have the address (Linux has all of 127.0.0.0/8, others only 127.0.0.1). Use --ports-from 20000';
    case 'EACCES':
      return 'the port needs privileges. Use --ports-from 20000';
    case 'EMFILE':
      return 'too many open files. Raise the limit, as with ulimit -n 65536';
    case undefined:
    default:
      return error.message;
  }
}
