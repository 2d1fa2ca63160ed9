/** Runs a poller on scripted routers, for tests. */
import { expect } from 'vitest';
import { createClock } from '../clock.ts';
import { perCollector } from '../collectors/collector.ts';
import { type Peer, type ScriptedRouter, startScriptedRouter } from '../routeros/scripted-router.ts';
import { dialRouter } from '../routeros/session.ts';
import type { PollerConfig, RouterTarget } from './config.ts';
import { outcomeName } from './outcome.ts';
import { createPoller, type Poller, type PollerDeps } from './poller.ts';
import type { Visit } from './visit.ts';

export const INTERVAL_MS = 100;
const PLAIN = { tls: undefined, codePage: 'latin1' } as const;
export const EPOCH = 2n ** 64n - 1n;

/** What a router answers to commands; to those that are left out, that it has no such menu. */
export type Answers = Readonly<Record<string, (peer: Peer, command: readonly string[]) => string[][]>>;

export const MISSING = [
  ['!trap', '=category=0', '=message=no such command or directory'],
  ['!trap', '=message=no such command prefix'],
  ['!done'],
];
const RESOURCE = ['!re', '=uptime=1h', '=version=7.16.1 (stable)', '=cpu-load=7'];

export const ORDINARY: Answers = {
  '/interface/print': () => [['!re', '=.id=*1', '=name=ether1', '=type=ether', '=rx-byte=5'], ['!done']],
  '/system/resource/print': () => [RESOURCE, ['!done']],
  '/system/identity/print': () => [['!re', '=name=Router'], ['!done']],
};

export const EVERY = { enabled: true, intervalMs: 0 };
export const OFF = { enabled: false, intervalMs: 0 };
export const SELDOM = { enabled: true, intervalMs: 600_000 };
export const NO_COLLECTORS: PollerConfig['collectors'] = perCollector(() => OFF);
export const COLLECTORS: PollerConfig['collectors'] = {
  ...NO_COLLECTORS,
  interface: EVERY,
  resource: EVERY,
  radio_clients: EVERY,
  identity: SELDOM,
};

export const LOAD: PollerConfig['load'] = { shareMaxPct: 100, runMaxMs: 60_000, routerCpuMaxPct: 100 };
export const NO_METRICS: PollerDeps['metrics'] = { visit() {}, lateStart() {}, collectorRun() {}, unreadable() {} };

export function startRouter(host: string, answers: Answers = ORDINARY, port = 0): Promise<ScriptedRouter> {
  return startScriptedRouter(
    host,
    async (peer) => {
      await peer.admit();
      for (;;) {
        const command = await peer.next();
        peer.answer(command, ...(answers[command[0] ?? '']?.(peer, command) ?? MISSING));
      }
    },
    { port },
  );
}

export function target(router: Pick<ScriptedRouter, 'host' | 'port'>, name = router.host): RouterTarget {
  return {
    site: 'fra1',
    name,
    host: router.host,
    port: router.port,
    user: 'poplar',
    password: 'x',
    allowMd5Login: false,
    ...PLAIN,
  };
}

/** Address of a router that is off: nothing listens there. */
export async function deadAddress(host: string): Promise<Pick<ScriptedRouter, 'host' | 'port'>> {
  const router = await startRouter(host);
  await router[Symbol.asyncDispose]();
  return { host: router.host, port: router.port };
}

export interface Polling extends AsyncDisposable {
  readonly poller: Poller;
  readonly visits: Visit[];
  readonly lines: string[];
  /** Waits until the router has at least `count` visits (with the outcome, if given), and returns them. */
  until(name: string, count: number, outcome?: string): Promise<Visit[]>;
  stop(): Promise<void>;
  /** What run() returned. */
  readonly running: Promise<void>;
}

export function startPolling(
  routers: readonly RouterTarget[],
  config: Partial<PollerConfig> = {},
  deps: Partial<PollerDeps> = {},
): Polling {
  const visits: Visit[] = [];
  const lines: string[] = [];
  const poller = createPoller(
    {
      epoch: EPOCH,
      intervalMs: INTERVAL_MS,
      deadlines: { connectMs: 1000, commandMs: 1000 },
      concurrency: 64,
      collectors: COLLECTORS,
      load: LOAD,
      routers,
      ...config,
    },
    {
      dial: dialRouter,
      clock: createClock(),
      random: Math.random,
      onVisit: (visit) => visits.push(visit),
      log: {
        info: (_, message) => lines.push(message),
        warn: (_, message) => lines.push(message),
        error: (_, message) => lines.push(message),
      },
      metrics: NO_METRICS,
      ...deps,
    },
  );
  const stopping = new AbortController();
  const running = poller.run(stopping.signal);
  running.catch(() => {});
  const of = (name: string, outcome?: string): Visit[] =>
    visits.filter(({ poll }) => poll.router === name && (outcome === undefined || outcomeName(Number(poll.outcome)) === outcome));
  return {
    poller,
    visits,
    lines,
    running,
    async until(name, count, outcome) {
      await expect.poll(() => of(name, outcome).length, { timeout: 10_000, interval: 10 }).toBeGreaterThanOrEqual(count);
      return of(name, outcome);
    },
    stop() {
      stopping.abort();
      return running;
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running.catch(() => {});
    },
  };
}

/** What went wrong. On a machine that stalls, a visit may well run into the next one's slot: that is no failure. */
export const failuresIn = (visits: readonly Visit[]): string[] =>
  outcomes(visits).filter((name) => name !== 'ok' && name !== 'overrun');

export const outcomes = (visits: readonly Visit[]): string[] => visits.map(({ poll }) => outcomeName(Number(poll.outcome)));
