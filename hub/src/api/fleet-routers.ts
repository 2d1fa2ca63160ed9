/** From rows of ClickHouse to one summary per router. Pure. */
import type { z } from 'zod';
import type { fleetDevices } from './queries/fleet-devices.ts';
import type { fleetPolls } from './queries/fleet-polls.ts';
import type { fleetRates } from './queries/fleet-rates.ts';
import type { fleetRuns } from './queries/fleet-runs.ts';
import type { newestAnswers } from './queries/newest-answers.ts';
import type { newestDevices } from './queries/newest-devices.ts';
import type { newestPolls } from './queries/newest-polls.ts';
import type { RouterState, RouterSummary } from './schemas.ts';
import { FUTURE_MAX_MS, type RecentPoll, radioPoll, routerState, STATE_ORDER } from './state.ts';

type Rows<Q extends { row: z.ZodType }> = readonly z.output<Q['row']>[];

/** What changes with every poll. */
export interface Now {
  readonly atMs: number;
  readonly polls: Rows<typeof fleetPolls>;
  readonly devices: Rows<typeof fleetDevices>;
  readonly rates: z.output<(typeof fleetRates)['row']>['routers'];
}

/** Newest rows of all time. */
export interface Inventory {
  readonly polls: Rows<typeof newestPolls>;
  readonly answers: Rows<typeof newestAnswers>;
  readonly devices: Rows<typeof newestDevices>;
}

/** What hours of polls tell, by runKey. */
export type Runs = ReadonlyMap<string, Run>;
type Run = z.output<(typeof fleetRuns)['row']>;

export interface FleetRouter {
  readonly summary: RouterSummary;
  /** How often its interfaces are read, ms. */
  readonly sampleIntervalMs: number;
  /** The poll that holds its current wireless clients; undefined when it has none or does not answer. */
  readonly radioPollMs: number | undefined;
}

/** Device values older than this are not current any more, ms. */
const DEVICE_AGE_MAX_MS = 900_000;

/** Names a router in maps. */
export function keyOf(site: string, router: string): string {
  return `${site}\n${router}`;
}

/** Names a router in the eyes of one agent in maps. */
export function runKey({
  site,
  router,
  agent,
}: {
  readonly site: string;
  readonly router: string;
  readonly agent: string;
}): string {
  return `${keyOf(site, router)}\n${agent}`;
}

/** Answered visits of the agent per reading of the router's interfaces. */
export function visitsPerSample(run: Run | undefined): number {
  return run === undefined || run.with_interfaces === 0 ? 1 : Math.max(1, Math.round(run.answered / run.with_interfaces));
}

/** One summary per router that was ever polled, in order of site, then router. */
export function fleetRouters(current: Now, known: Inventory, history: Runs): FleetRouter[] {
  const views = new Map<string, View>();
  for (const view of [...oldViews(current, known), ...currentViews(current)]) {
    const key = keyOf(view.site, view.router);
    const other = views.get(key);
    if (other === undefined || isBetter(view, other)) views.set(key, view);
  }
  const devices = new Map(known.devices.map((row) => [keyOf(row.site, row.router), row]));
  const currentDevices = new Map(current.devices.map((row) => [keyOf(row.site, row.router), row.newest]));
  const rates = new Map(current.rates.map(([site, router, rx, tx]) => [keyOf(site, router), { rx_bps: rx, tx_bps: tx }]));
  const answers = new Map(known.answers.map((row) => [keyOf(row.site, row.router), row.ms]));
  return [...views]
    .map(([key, view]): FleetRouter => {
      const device = devices.get(key);
      const alive = view.state === 'up' || view.state === 'suspect';
      const [, uptime, cpu, total, free] =
        (alive ? (currentDevices.get(key) ?? recentDevice(current.atMs, device)) : undefined) ?? [];
      const rate = alive ? rates.get(key) : undefined;
      const answeredMs = newestAnswer(current.atMs, view, answers.get(key));
      const run = history.get(runKey(view));
      const radio = alive ? radioPoll(view.recent) : undefined;
      return {
        summary: {
          site: view.site,
          router: view.router,
          identity: device?.identity ?? null,
          state: view.state,
          since_ms: sinceMs(view, run, answeredMs),
          outcome: view.outcome,
          error: view.error,
          address: view.address,
          agent: view.agent,
          board: device?.board ?? '',
          version: device?.version ?? '',
          architecture: device?.architecture ?? '',
          polled_at_ms: view.polledAtMs,
          interval_ms: view.intervalMs,
          answered_at_ms: answeredMs,
          cpu_load_pct: cpu ?? null,
          memory_used_ratio: usedRatio(total, free),
          uptime_ms: uptime ?? null,
          rx_bps: rate?.rx_bps ?? null,
          tx_bps: rate?.tx_bps ?? null,
          radio_clients: alive ? (radio?.radioClients ?? (run !== undefined && run.has_radio_clients > 0 ? 0 : null)) : null,
        },
        sampleIntervalMs: view.intervalMs * visitsPerSample(run),
        radioPollMs: radio?.ms,
      };
    })
    .sort((a, b) => compare(a.summary.site, b.summary.site) || compare(a.summary.router, b.summary.router));
}

/** Order of code units, the same that cursors use. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A router in the eyes of one agent. */
interface View {
  readonly site: string;
  readonly router: string;
  readonly agent: string;
  readonly state: RouterState;
  readonly polledAtMs: number | null;
  readonly outcome: string;
  readonly error: string;
  readonly address: string;
  readonly intervalMs: number;
  readonly recent: readonly RecentPoll[];
  /** 0: before the newest polls. */
  readonly runStartMs: number;
}

function currentViews(current: Now): View[] {
  return current.polls.map(({ site, router, agent, newest, recent: polls, run_start_ms: runStartMs }) => {
    const [outcome, error, address, intervalMs] = newest;
    const recent = polls.map(([ms, answered, radioClients]): RecentPoll => ({ ms, answered: answered > 0, radioClients }));
    const state = routerState(current.atMs, intervalMs, recent);
    return {
      site,
      router,
      agent,
      state,
      polledAtMs: recent[0]?.ms ?? null,
      outcome,
      error,
      address,
      intervalMs,
      recent,
      runStartMs,
    };
  });
}

/** Views of polls that may be too old for the window: the current view of the same agent is always at least as new, and wins. */
function oldViews(current: Now, known: Inventory): View[] {
  return known.polls.map(({ site, router, agent, ms, outcome, error, address, interval_ms: intervalMs }) => {
    const polledAtMs = ms <= current.atMs + FUTURE_MAX_MS ? ms : null;
    return { site, router, agent, state: 'unknown', polledAtMs, outcome, error, address, intervalMs, recent: [], runStartMs: 0 };
  });
}

function isBetter(view: View, other: View): boolean {
  const better = STATE_ORDER[other.state] - STATE_ORDER[view.state];
  return better > 0 || (better === 0 && (view.polledAtMs ?? 0) >= (other.polledAtMs ?? 0));
}

function sinceMs(view: View, run: Run | undefined, answeredMs: number | null): number | null {
  if (view.state === 'unknown') return view.polledAtMs;
  if (view.runStartMs > 0) return view.runStartMs;
  if (view.state === 'up') return run === undefined || run.up_since_ms === 0 ? null : run.up_since_ms;
  if (run !== undefined && run.failing_since_ms > 0) return run.failing_since_ms;
  // Down for longer than the window of runs: the newest answer is the best that is known; without any, the first poll of the window.
  return answeredMs ?? run?.first_ms ?? view.recent.at(-1)?.ms ?? null;
}

function newestAnswer(atMs: number, view: View, known: number | undefined): number | null {
  const seen = view.recent.find((poll) => poll.answered)?.ms;
  const past = known !== undefined && known <= atMs + FUTURE_MAX_MS ? known : undefined;
  return seen === undefined && past === undefined ? null : Math.max(seen ?? 0, past ?? 0);
}

type DeviceValues = z.output<(typeof fleetDevices)['row']>['newest'];

function recentDevice(atMs: number, device: z.output<(typeof newestDevices)['row']> | undefined): DeviceValues | undefined {
  if (device === undefined || device.ms > atMs + FUTURE_MAX_MS || device.ms < atMs - DEVICE_AGE_MAX_MS) return undefined;
  return [device.ms, device.uptime_ms, device.cpu_load_pct, device.memory_total_bytes, device.memory_free_bytes];
}

function usedRatio(total: number | null | undefined, free: number | null | undefined): number | null {
  if (total === null || total === undefined || free === null || free === undefined || total <= 0) return null;
  return Math.min(1, Math.max(0, (total - free) / total));
}
