/** What all routers are like now: one reading of ClickHouse shared by the API and the live feed, however many ask. */
import { cached } from './cached.ts';
import {
  type FleetRouter,
  fleetRouters,
  type Inventory,
  keyOf,
  type Now,
  type Runs,
  runKey,
  visitsPerSample,
} from './fleet-routers.ts';
import { fleetDevices } from './queries/fleet-devices.ts';
import { fleetPolls, RECENT_POLLS } from './queries/fleet-polls.ts';
import { fleetRates } from './queries/fleet-rates.ts';
import { fleetRuns } from './queries/fleet-runs.ts';
import { newestAnswers } from './queries/newest-answers.ts';
import { newestDevices } from './queries/newest-devices.ts';
import { newestPolls } from './queries/newest-polls.ts';
import type { Reader } from './reader.ts';
import type { Overview } from './schemas.ts';
import { FUTURE_MAX_MS } from './state.ts';

export interface FleetSnapshot {
  /** The hub's clock at the reading, Unix ms. */
  readonly atMs: number;
  /** In order of site, then router. */
  readonly routers: readonly FleetRouter[];
  /** By keyOf(site, router). */
  readonly byKey: ReadonlyMap<string, FleetRouter>;
  /** The physical ports that carry most now, the busiest first. */
  readonly talkers: Overview['top_talkers'];
  /** The range of samples that hold the current rates, Unix ms. */
  readonly rateRange: { readonly from_ms: number; readonly to_ms: number };
}

export interface Fleet {
  /** Returns a snapshot at most freshMs old. @throws StoreError, or the signal's reason as soon as it aborts */
  read(signal?: AbortSignal): Promise<FleetSnapshot>;
  /** Returns what a snapshot of the last half minute, or a fresh one, says about a router; undefined when there is no such router. @throws StoreError */
  find(site: string, router: string): Promise<FleetRouter | undefined>;
}

export interface FleetConfig {
  /** Oldest snapshot that is good enough, ms. */
  readonly freshMs: number;
  /** Names, versions and routers that are not polled any more are read anew after this, ms, and a fifth older they still do meanwhile. */
  readonly inventoryMs: number;
  /** The same for what needs hours of polls: when a state began. */
  readonly runsMs: number;
}

export const DEFAULT_FLEET: FleetConfig = { freshMs: 900, inventoryMs: 10_000, runsMs: 25_000 };

/** How far back the start of a state is looked for. */
const RUNS_WINDOW_MS = 6 * 3600_000;
/** So many times as old names and runs still do while newer ones are being read: who asks all the time waits for nothing that seldom changes. */
const USABLE = 1.2;
/** Bounds of the window of the newest polls: it must reach back over the oldest runs that do, and one slow router must not make every reading slow. */
const POLLS_WINDOW_MS = { min: 60_000, max: 6 * 3600_000 };
/** Bounds of the window of the newest samples. Interfaces read more seldom than every 85 s have no current rate, only graphs. */
const RATES_WINDOW_MS = { min: 30_000, max: 300_000 };
/** Oldest snapshot that find() looks into, ms. */
const FIND_AGE_MAX_MS = 30_000;
/** How far back the values of routers are looked for whose newest rows lie in the future. */
const FROZEN_WINDOW_MS = 24 * 3600_000;
/** Polls older than this do not set the windows: nobody polls that router any more. */
const RETIRED_AFTER_MS = 24 * 3600_000;

export function createFleet(deps: { reader: Reader; now: () => number }, config: FleetConfig = DEFAULT_FLEET): Fleet {
  const { reader, now } = deps;
  const inventory = cached(config.inventoryMs, now, readInventory, USABLE * config.inventoryMs);
  const runs = cached(config.runsMs, now, readRuns, USABLE * config.runsMs);
  const read = cached(config.freshMs, now, readSnapshot);
  let newest: FleetSnapshot | undefined;
  return {
    read,
    async find(site, router) {
      const key = keyOf(site, router);
      const recent = newest !== undefined && Math.abs(now() - newest.atMs) < FIND_AGE_MAX_MS ? newest.byKey.get(key) : undefined;
      return recent ?? (await read()).byKey.get(key);
    },
  };

  async function readSnapshot(signal: AbortSignal): Promise<FleetSnapshot> {
    const atMs = now();
    const toMs = atMs + FUTURE_MAX_MS;
    const [known, history] = await Promise.all([inventory(signal), runs(signal)]);
    const intervals = known.polls
      .filter((poll) => poll.ms <= toMs && poll.ms >= atMs - RETIRED_AFTER_MS)
      .map((poll) => ({ poll, visits: visitsPerSample(history.get(runKey(poll))) }));
    const pollsFrom = atMs - clamp(RECENT_POLLS * longest(intervals.map(({ poll }) => poll.interval_ms)), POLLS_WINDOW_MS);
    const ratesFrom =
      atMs - clamp(3.5 * longest(intervals.map(({ poll, visits }) => poll.interval_ms * visits)), RATES_WINDOW_MS);
    const rateRange = { from_ms: ratesFrom, to_ms: toMs };
    const [polls, devices, [traffic]] = await Promise.all([
      reader.rows(fleetPolls, { from_ms: pollsFrom, to_ms: toMs }, signal),
      reader.rows(fleetDevices, rateRange, signal),
      reader.rows(fleetRates, rateRange, signal),
    ]);
    const current: Now = { atMs, polls, devices, rates: traffic?.routers ?? [] };
    const routers = fleetRouters(current, known, history);
    newest = {
      atMs,
      routers,
      byKey: new Map(routers.map((router) => [keyOf(router.summary.site, router.summary.router), router])),
      talkers: (traffic?.talkers ?? []).map(([site, router, port, rx_bps, tx_bps]) => ({
        site,
        router,
        interface: port,
        rx_bps,
        tx_bps,
      })),
      rateRange,
    };
    return newest;
  }

  async function readInventory(signal: AbortSignal): Promise<Inventory> {
    const atMs = now();
    const range = { from_ms: atMs - FROZEN_WINDOW_MS, to_ms: atMs + FUTURE_MAX_MS };
    const [polls, answers, devices] = await Promise.all([
      reader.rows(newestPolls, range, signal),
      reader.rows(newestAnswers, range, signal),
      reader.rows(newestDevices, range, signal),
    ]);
    return { polls, answers, devices };
  }

  async function readRuns(signal: AbortSignal): Promise<Runs> {
    const atMs = now();
    const rows = await reader.rows(fleetRuns, { from_ms: atMs - RUNS_WINDOW_MS, to_ms: atMs + FUTURE_MAX_MS }, signal);
    return new Map(rows.map((row) => [runKey(row), row]));
  }
}

/** Like Math.max, for any number of values. */
function longest(values: readonly number[]): number {
  return values.reduce((max, value) => Math.max(max, value), 0);
}

function clamp(value: number, bounds: { readonly min: number; readonly max: number }): number {
  return Math.min(bounds.max, Math.max(bounds.min, Math.round(value)));
}
