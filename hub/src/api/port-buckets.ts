/**
 * Buckets of five minutes of one port, from its samples: what `interfaceTraffic` says in SQL of all ports at once, for one port and a few
 * buckets. ClickHouse would take longer to plan that statement than for three small reads together.
 */
import type { z } from 'zod';
import { bucketStart } from '../rollup/marks.ts';
import { RATE_MAX_BPS } from './queries/current-rates.ts';
import { LOOKBACK_MS } from './queries/interface-traffic.ts';
import { SPEED_AGE_MS, SPEED_AHEAD_MS, SPEED_MARGIN } from './queries/link-speeds.ts';
import { portCadences, portSpeeds, portSteps } from './queries/port-steps.ts';
import type { PortBucket } from './queries/port-traffic.ts';
import type { Reader } from './reader.ts';

type RawStep = z.output<(typeof portSteps)['row']>;
type Cadence = z.output<(typeof portCadences)['row']>;
type Speed = z.output<(typeof portSpeeds)['row']>;

export interface PortSamples {
  readonly steps: readonly RawStep[];
  readonly cadences: readonly Cadence[];
  /** In order of time. */
  readonly speeds: readonly Speed[];
}

export interface PortRange {
  readonly site: string;
  readonly router: string;
  readonly interface: string;
  /** Starts of buckets: of the first, and of the one behind the last. */
  readonly from_ms: number;
  readonly to_ms: number;
}

/** Reads the buckets of a port that have samples. @throws StoreError */
export async function readPortBuckets(reader: Reader, range: PortRange, signal: AbortSignal): Promise<PortBucket[]> {
  const { interface: _interface, ...ofRouter } = range;
  const [steps, cadences, speeds] = await Promise.all([
    reader.rows(portSteps, range, signal),
    reader.rows(portCadences, ofRouter, signal),
    reader.rows(portSpeeds, range, signal),
  ]);
  return portBuckets({ steps, cadences, speeds });
}

/** The buckets in which there are samples, in order of time. */
export function portBuckets({ steps, cadences, speeds }: PortSamples): PortBucket[] {
  const buckets: PortBucket[] = [];
  for (const [bucket_ms, inside] of Map.groupBy(steps, ({ ms }) => bucketStart(ms))) {
    const reach_ms = reachOf(cadences, bucket_ms);
    // Without a poll nobody says how far apart samples should be.
    if (reach_ms === undefined) continue;
    const moves = inside.map((step) => moveOf(step, reach_ms, speeds));
    const taken = withoutOverlap(moves.filter(({ rx, tx }) => rx !== null || tx !== null));
    const times = inside.map(({ ms }) => ms);
    buckets.push({
      bucket_ms,
      ...figuresOf(taken, 'rx'),
      ...figuresOf(taken, 'tx'),
      resets: resetsOf(moves),
      first_sample_ms: Math.min(...times),
      last_sample_ms: Math.max(...times),
      reach_ms,
    });
  }
  return buckets.sort((a, b) => a.bucket_ms - b.bucket_ms);
}

/** 2.5 intervals between two readings of interfaces, of the agent that reads them least often in the hour before; undefined without a poll. */
function reachOf(cadences: readonly Cadence[], bucketMs: number): number | undefined {
  const lately = cadences.filter(({ polled_ms }) => polled_ms <= bucketMs && polled_ms >= bucketMs - LOOKBACK_MS);
  if (lately.length === 0) return undefined;
  const everyMs = [...Map.groupBy(lately, ({ agent }) => agent).values()].map((ofAgent) => {
    const sum = (column: 'answered' | 'with_interfaces'): number => ofAgent.reduce((total, row) => total + row[column], 0);
    const readings = sum('with_interfaces');
    const visits = readings > 0 ? Math.max(1, Math.floor(sum('answered') / readings + 0.5)) : 1;
    return Math.max(...ofAgent.map(({ every_ms }) => every_ms)) * visits;
  });
  return Math.trunc(2.5 * Math.max(...everyMs));
}

/** A step, and what it moved where that can be said. */
interface Move {
  readonly agent: string;
  readonly baseline: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly rx: number | null;
  readonly tx: number | null;
  readonly reset: boolean;
}

function moveOf(step: RawStep, reachMs: number, speeds: readonly Speed[]): Move {
  const { agent, baseline, start_ms, ms, rx_increase, tx_increase, restarted } = step;
  const dt = ms - start_ms;
  const near = dt <= Math.min(reachMs, LOOKBACK_MS);
  const fastest = fastestBps(start_ms, ms, speeds);
  const fits = (increase: number): boolean => (increase * 8000) / dt <= fastest;
  const of = (increase: number | null): number | null => (near && increase !== null && fits(increase) ? increase : null);
  const [rx, tx] = [of(rx_increase), of(tx_increase)];
  const tooMuch = near && ((rx_increase !== null && rx === null) || (tx_increase !== null && tx === null));
  return { agent, baseline, startMs: start_ms, endMs: ms, rx, tx, reset: restarted || tooMuch };
}

/** The speed may have changed in between: the higher of the readings before and after counts. */
function fastestBps(startMs: number, endMs: number, speeds: readonly Speed[]): number {
  const before = speeds.findLast(({ ms }) => ms <= startMs);
  const after = speeds.find(({ ms }) => ms >= endMs);
  const known = Math.max(
    before !== undefined && endMs - before.ms <= SPEED_AGE_MS ? before.bps : 0,
    after !== undefined && after.ms - endMs <= SPEED_AHEAD_MS ? after.bps : 0,
  );
  return known > 0 ? known * SPEED_MARGIN : RATE_MAX_BPS;
}

/** Of runs of agents that overlap in time, the one that covers most counts (to the minute, then by name), others where it has no step. */
function withoutOverlap(moves: readonly Move[]): readonly Move[] {
  const runs = [...Map.groupBy(moves, ({ agent, baseline }) => `${baseline} ${agent}`).values()];
  if (runs.length <= 1) return moves;
  const ranked = runs.flatMap((run) => {
    const [first] = run;
    const minutes = halfToEven(run.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) / 60_000);
    return first === undefined ? [] : [{ run, minutes, agent: first.agent, baseline: BigInt(first.baseline) }];
  });
  ranked.sort((a, b) => b.minutes - a.minutes || compare(a.agent, b.agent) || compare(a.baseline, b.baseline));
  const taken: Move[] = [];
  for (const { run } of ranked)
    taken.push(...run.filter((move) => !taken.some((other) => other.startMs < move.endMs && other.endMs > move.startMs)));
  return taken;
}

/** As ClickHouse rounds. */
function halfToEven(value: number): number {
  const rounded = Math.round(value);
  return value % 1 === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

type Figures<Way extends string> = Record<`${Way}_covered_ms`, number> &
  Record<`${Way}_bytes` | `${Way}_min_bps` | `${Way}_max_bps`, number | null>;

function figuresOf(moves: readonly Move[], way: 'rx'): Figures<'rx'>;
function figuresOf(moves: readonly Move[], way: 'tx'): Figures<'tx'>;
function figuresOf(moves: readonly Move[], way: 'rx' | 'tx'): object {
  let [bytes, coveredMs, least, most] = [0, 0, Number.POSITIVE_INFINITY, 0];
  for (const { startMs, endMs, [way]: moved } of moves) {
    if (moved === null) continue;
    const bps = (moved * 8000) / (endMs - startMs);
    bytes += moved;
    coveredMs += endMs - startMs;
    least = Math.min(least, bps);
    most = Math.max(most, bps);
  }
  const known = <T>(value: T): T | null => (coveredMs > 0 ? value : null);
  return {
    [`${way}_bytes`]: known(bytes),
    [`${way}_covered_ms`]: coveredMs,
    [`${way}_min_bps`]: known(least),
    [`${way}_max_bps`]: known(most),
  };
}

/** Two agents see the same reset: the one that saw most counts. */
function resetsOf(moves: readonly Move[]): number {
  const byAgent = Map.groupBy(
    moves.filter(({ reset }) => reset),
    ({ agent }) => agent,
  );
  return Math.max(0, ...Array.from(byAgent.values(), ({ length }) => length));
}
