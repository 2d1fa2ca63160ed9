/** The simulated routers on their sockets: one listener per router, all in this process. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { spoilConnection } from '../faults/connection.ts';
import { createDrippingSender, dripRate } from '../faults/drip.ts';
import { type FaultTrack, NO_FAULTS } from '../faults/plan.ts';
import type { Transport } from '../router-plan.ts';
import type { World } from '../traffic/world.ts';
import { secureContextOf } from './certificate.ts';
import type { TruthJournal } from './journal.ts';
import { createRouterPort, type RouterPort } from './port.ts';
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
  /** Told when a router cannot listen again after a fault; without it, that ends the process. */
  readonly onFailure?: (error: Error) => void;
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
  const ports: RouterPort[] = [];
  const open = new Set<Socket>();
  const contexts = new Map(transportsOf(routers).map((transport) => [transport, secureContextOf(transport)]));
  const nowMs = (): number => Math.floor(deps.nowMs());

  function accept(router: ServedRouter, connection: Socket, ofRouter: Set<Socket>): void {
    // The peer's resets are its own business: the close that follows tidies up.
    connection.on('error', () => connection.destroy());
    if (ofRouter.size >= SESSIONS_MAX) {
      // Unread, the peer's own end would never be noticed, and the connection would stay.
      connection.resume();
      connection.end();
      return;
    }
    ofRouter.add(connection);
    open.add(connection);
    connection.on('close', () => {
      ofRouter.delete(connection);
      open.delete(connection);
    });
    const faults = router.faults ?? NO_FAULTS;
    const fault = faults.at(nowMs());
    if (fault !== undefined && spoilConnection(fault.kind, connection)) return;
    serve(router, connection, faults, contexts.get(router.plan.transport));
  }

  function serve(router: ServedRouter, connection: Socket, faults: FaultTrack, secureContext: SecureContext | undefined): void {
    connection.setNoDelay(true);
    const socket = secureContext === undefined ? connection : new TLSSocket(connection, { isServer: true, secureContext });
    counts.sessions++;
    counts.sessionsOpened++;
    const sender = createDrippingSender(createSender(socket, deps.segmentation ?? 'whole', Math.random), () =>
      dripRate(faults, nowMs()),
    );
    const session = createSession(router, {
      nowMs,
      challengeBytes: () => randomBytes(16),
      send(bytes) {
        counts.bytesSent += bytes.length;
        sender.send(bytes);
      },
      whenWritable: (resume) => sender.whenWritable(resume),
      end: () => sender.end(),
      cut: () => void connection.resetAndDestroy(),
    });
    socket.on('data', (chunk) => {
      counts.bytesReceived += chunk.length;
      session.receive(chunk);
    });
    if (socket !== connection) socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      session.close();
      sender.stop();
      counts.sessions--;
    });
  }

  async function stop(): Promise<void> {
    for (const connection of open) connection.destroy();
    await Promise.all(ports.splice(0).map((port) => port.close()));
  }

  try {
    for (const router of routers) {
      const ofRouter = new Set<Socket>();
      const port = createRouterPort(router.plan, router.faults ?? NO_FAULTS, {
        nowMs,
        accept: (connection) => accept(router, connection, ofRouter),
        cutAll() {
          for (const connection of ofRouter) connection.resetAndDestroy();
        },
        onFailure(error) {
          if (deps.onFailure === undefined) throw error;
          deps.onFailure(error);
        },
      });
      ports.push(port);
      await port.open();
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
