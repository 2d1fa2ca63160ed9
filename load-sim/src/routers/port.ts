/** The port of one router: open while it listens, closed while a fault has it closed. */
import { createServer, type Server, type Socket } from 'node:net';
import { faultSpec } from '../faults/kinds.ts';
import type { FaultTrack } from '../faults/plan.ts';
import type { Fault } from '../faults/source.ts';
import type { RouterPlan } from '../router-plan.ts';

export interface RouterPortDeps {
  /** Wall clock, Unix milliseconds. */
  readonly nowMs: () => number;
  accept(connection: Socket): void;
  /** Cuts all connections: a fault that began or ended has it so. */
  cutAll(): void;
  /** The port could not be opened again after a fault. */
  onFailure(error: Error): void;
}

export interface RouterPort {
  /** Listens, and from then on follows the faults. Rejects when the port cannot be opened. */
  open(): Promise<void>;
  /** Stops listening, for good. Idempotent. */
  close(): Promise<void>;
}

/** Longest wait for the next fault: timers have a limit, and the wall clock may be set. */
const WATCH_MS = 60_000;

export function createRouterPort(plan: RouterPlan, faults: FaultTrack, deps: RouterPortDeps): RouterPort {
  let server: Server | undefined;
  let current: Fault | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function listen(): Promise<void> {
    const opening = createServer((connection) => deps.accept(connection));
    server = opening;
    await listenOn(opening, plan);
  }

  function unlisten(): Promise<void> {
    const closing = server;
    server = undefined;
    return closing === undefined ? Promise.resolve() : new Promise((resolve) => closing.close(() => resolve()));
  }

  function follow(): void {
    if (closed) return;
    const nowMs = deps.nowMs();
    const { fault, toMs } = faults.stretchAt(nowMs);
    const before = current;
    current = fault;
    if (fault?.fromMs !== before?.fromMs) {
      const cut =
        (before !== undefined && faultSpec(before.kind).atEnd === 'cut') ||
        (fault !== undefined && faultSpec(fault.kind).atStart === 'cut');
      if (listens(fault)) {
        if (server === undefined) listen().catch((error: Error) => deps.onFailure(error));
      } else void unlisten();
      if (cut) deps.cutAll();
    }
    if (toMs < Number.POSITIVE_INFINITY) timer = setTimeout(follow, Math.min(WATCH_MS, Math.max(0, toMs - nowMs)));
  }

  return {
    async open() {
      current = faults.at(deps.nowMs());
      if (listens(current)) await listen();
      follow();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      return unlisten();
    },
  };
}

function listens(fault: Fault | undefined): boolean {
  return fault === undefined || faultSpec(fault.kind).listens;
}

function listenOn(server: Server, plan: RouterPlan): Promise<void> {
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
