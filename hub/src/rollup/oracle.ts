/** What rollups must be, worked out from the rows one by one: for tests, and in another way than the statements do it. */
import { BUCKET_MS, LOOKBACK_MS } from '../api/queries/interface-traffic.ts';
import { SPEED_AGE_MS, SPEED_AHEAD_MS } from '../api/queries/link-speeds.ts';
import { bucketStart } from './marks.ts';

/** A stored sample of one interface; null was not reported. */
export interface Sample {
  readonly router: string;
  readonly agent: string;
  readonly rank: number;
  readonly baseline: number;
  readonly ts: number;
  readonly rx: bigint | null;
  readonly tx: bigint | null;
}

export interface Speed {
  readonly router: string;
  readonly ts: number;
  /** null without a link. */
  readonly bps: number | null;
}

export interface Traffic {
  readonly router: string;
  readonly bucketMs: number;
  readonly rx: bigint | null;
  readonly tx: bigint | null;
  readonly rxCoveredMs: number;
  readonly txCoveredMs: number;
  readonly rxMaxBps: number | null;
  readonly txMaxBps: number | null;
  readonly rxGap: bigint;
  readonly samples: number;
  readonly resets: number;
}

interface Step {
  readonly agent: string;
  readonly baseline: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly rx: bigint | null;
  readonly tx: bigint | null;
}

const RATE_MAX_BPS = 440_000_000_000;

/** The buckets of every router, each of one interface, in order. Polls are made with the samples, every intervalMs. */
export function expectedTraffic(rows: readonly Sample[], speeds: readonly Speed[], intervalMs: number): Traffic[] {
  return [...Map.groupBy(newestOfEach(rows), ({ router }) => router)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([router, samples]) => {
      const buckets = [...new Set(samples.map(({ ts }) => bucketStart(ts)))].sort((a, b) => a - b);
      const readings = speeds.filter((speed) => speed.router === router);
      return buckets.map((bucketMs) => expectedBucket(router, bucketMs, samples, readings, 2.5 * intervalMs));
    });
}

function newestOfEach(rows: readonly Sample[]): Sample[] {
  const byKey = new Map<string, Sample>();
  for (const row of rows) {
    const key = `${row.router} ${row.agent} ${row.ts}`;
    if ((byKey.get(key)?.rank ?? -1) < row.rank) byKey.set(key, row);
  }
  return [...byKey.values()].sort((a, b) => a.ts - b.ts);
}

function expectedBucket(
  router: string,
  bucketMs: number,
  samples: readonly Sample[],
  speeds: readonly Speed[],
  reachMs: number,
): Traffic {
  const inside = samples.filter(({ ts }) => bucketStart(ts) === bucketMs);
  const agents = new Set(
    samples
      .filter(({ ts }) => bucketStart(ts) >= bucketMs - LOOKBACK_MS && bucketStart(ts) <= bucketMs)
      .map(({ agent }) => agent),
  );
  const steps: Step[] = [];
  const resets = new Map<string, number>();
  let rxGap = 0n;
  for (const sample of inside) {
    const before = samples.findLast((other) => other.ts < sample.ts && other.agent === sample.agent);
    let reset = before !== undefined && sample.ts - before.ts <= LOOKBACK_MS && wentBack(before, sample);
    const start = samples.findLast(
      (other) => other.ts < sample.ts && other.agent === sample.agent && other.baseline === sample.baseline,
    );
    const dt = sample.ts - (start?.ts ?? Number.NEGATIVE_INFINITY);
    if (start !== undefined && dt <= LOOKBACK_MS) {
      const back = wentBack(start, sample);
      const fastest = fastestBps(start.ts, sample.ts, speeds);
      const rises = (['rx', 'tx'] as const).map((way) => {
        const [from, to] = [start[way], sample[way]];
        return back || from === null || to === null ? null : to - from;
      });
      const fits = rises.map((rise) => rise !== null && (Number(rise) * 8000) / dt <= fastest);
      const [rx = null, tx = null] = rises.map((rise, way) => (fits[way] === true ? rise : null));
      if (dt <= reachMs) {
        reset ||= rises.some((rise, way) => rise !== null && fits[way] === false);
        steps.push({ agent: sample.agent, baseline: sample.baseline, startMs: start.ts, endMs: sample.ts, rx, tx });
      } else if (agents.size === 1) rxGap += rx ?? 0n;
    }
    if (reset) resets.set(sample.agent, (resets.get(sample.agent) ?? 0) + 1);
  }
  const taken = withoutOverlap(steps.filter(({ rx, tx }) => rx !== null || tx !== null));
  const of = (way: 'rx' | 'tx') =>
    taken.flatMap((step) => (step[way] === null ? [] : [{ ms: step.endMs - step.startMs, bytes: step[way] }]));
  const [rx, tx] = [of('rx'), of('tx')];
  const highest = (moves: typeof rx) =>
    moves.length === 0 ? null : Math.max(...moves.map(({ ms, bytes }) => (Number(bytes) * 8000) / ms));
  const total = (moves: typeof rx) => (moves.length === 0 ? null : moves.reduce((sum, { bytes }) => sum + bytes, 0n));
  const covered = (moves: typeof rx) => moves.reduce((sum, { ms }) => sum + ms, 0);
  return {
    router,
    bucketMs,
    rx: total(rx),
    tx: total(tx),
    rxCoveredMs: covered(rx),
    txCoveredMs: covered(tx),
    rxMaxBps: highest(rx),
    txMaxBps: highest(tx),
    rxGap,
    samples: inside.length,
    resets: Math.max(0, ...resets.values()),
  };
}

function wentBack(before: Sample, after: Sample): boolean {
  return (['rx', 'tx'] as const).some((way) => {
    const [from, to] = [before[way], after[way]];
    return from !== null && to !== null && to < from;
  });
}

function fastestBps(startMs: number, endMs: number, speeds: readonly Speed[]): number {
  const before = speeds.filter(({ ts }) => ts <= startMs && endMs - ts <= SPEED_AGE_MS).at(-1)?.bps ?? 0;
  const after = speeds.find(({ ts }) => ts >= endMs && ts - endMs <= SPEED_AHEAD_MS)?.bps ?? 0;
  const speed = Math.max(before, after);
  return speed > 0 ? speed * 1.05 : RATE_MAX_BPS;
}

/** Runs in order of what they cover, each with those of its steps that overlap none taken before. */
function withoutOverlap(steps: readonly Step[]): Step[] {
  const runs = [...Map.groupBy(steps, ({ agent, baseline }) => `${agent} ${baseline}`).values()].map((run) => ({
    run,
    minutes: Math.round(run.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) / 60_000),
    agent: run[0]?.agent ?? '',
    baseline: run[0]?.baseline ?? 0,
  }));
  runs.sort((a, b) => b.minutes - a.minutes || (a.agent < b.agent ? -1 : a.agent > b.agent ? 1 : a.baseline - b.baseline));
  const taken: Step[] = [];
  for (const { run } of runs)
    taken.push(...run.filter((step) => !taken.some((other) => other.startMs < step.endMs && other.endMs > step.startMs)));
  return taken;
}

/** Joins buckets of five minutes to longer ones. */
export function joined(
  traffic: readonly Traffic[],
  lengthMs: number,
): Pick<Traffic, 'router' | 'bucketMs' | 'rx' | 'rxCoveredMs'>[] {
  if (lengthMs % BUCKET_MS !== 0) throw new Error('BUG: buckets do not fit');
  const groups = Map.groupBy(traffic, ({ router, bucketMs }) => `${router} ${Math.floor(bucketMs / lengthMs) * lengthMs}`);
  return [...groups.values()].map((group) => {
    const moved = group.flatMap(({ rx }) => (rx === null ? [] : [rx]));
    return {
      router: group[0]?.router ?? '',
      bucketMs: Math.floor((group[0]?.bucketMs ?? 0) / lengthMs) * lengthMs,
      rx: moved.length === 0 ? null : moved.reduce((sum, bytes) => sum + bytes, 0n),
      rxCoveredMs: group.reduce((sum, { rxCoveredMs }) => sum + rxCoveredMs, 0),
    };
  });
}
