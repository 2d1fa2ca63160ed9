import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createRollupMetrics } from '../rollup/metrics.ts';
import type { Sample } from '../rollup/oracle.ts';
import { createRollup } from '../rollup/rollup.ts';
import { createRollupStore } from '../rollup/store.ts';
import { insertSamples, MINUTE, random, STEP } from '../rollup/testing.ts';
import { createReader } from './reader.ts';
import { tailStart } from './rollup-series.ts';
import type { InterfaceSeries } from './schemas.ts';
import { readSeries } from './series.ts';
import { SILENT, startTestStore, type TestRow, type TestStore } from './testing.ts';

const HOUR = 60 * MINUTE;
const DAY_START = Date.UTC(2026, 0, 5);
const never = new AbortController().signal;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

async function makeRollups(nowMs: number): Promise<void> {
  const deps = {
    store: createRollupStore(store.client, store.database),
    nowMs: () => nowMs,
    monotonicMs: () => 0,
    log: SILENT,
    metrics: createRollupMetrics(new Registry()),
  };
  while (await createRollup({ holder: 'h1' }, deps).turn(never));
}

function read(fromMs: number, toMs: number, nowMs = toMs, points = 600): Promise<InterfaceSeries> {
  const port = { site: 'fra1', router: 'r1', interface: 'ether1' };
  return readSeries(
    createReader(store.client),
    { database: store.database, ...port, fromMs, toMs, points, nowMs, intervalMs: STEP },
    never,
  );
}

/** A day of one port with resets, gaps and absent values. */
function day(seed: number, hours = 24): Sample[] {
  const draw = random(seed);
  const samples: Sample[] = [];
  let [ts, rx, tx] = [DAY_START + 3000, 0n, 0n];
  while (ts < DAY_START + hours * HOUR) {
    const event = draw(400);
    if (event === 0) rx = 0n;
    if (event === 1) ts += draw(30 * MINUTE);
    samples.push({ router: 'r1', agent: 'a1', rank: 1, baseline: 1, ts, rx: event === 2 ? null : rx, tx });
    ts += STEP + draw(400) - 200;
    rx += BigInt(draw(1e7));
    tx += BigInt(draw(1e6));
  }
  return samples;
}

describe('a graph of a day', { timeout: 120_000 }, () => {
  it('adds up to the same from rollups, from samples, and from both', async () => {
    await insertSamples(store, day(1));
    const endMs = DAY_START + 24 * HOUR;
    // Two halves of less than twelve hours and the rest are shown from samples.
    const cuts = [0, 8, 16, 24].map((hour) => DAY_START + hour * HOUR);
    const samples = await Promise.all(cuts.slice(1).map((toMs, index) => read(cuts[index] ?? 0, toMs)));
    expect(samples.map(({ resolution }) => resolution)).toEqual(['samples', 'samples', 'samples']);
    const total = (way: 'rx' | 'tx', of: readonly InterfaceSeries[]) =>
      of.reduce((sum, { summary }) => sum + (summary[way].total_bytes ?? 0), 0);
    const peak = Math.max(...samples.map(({ summary }) => summary.rx.max_bps ?? 0));

    const unmade = await read(DAY_START, endMs);
    await makeRollups(DAY_START + 12 * HOUR);
    const halfMade = await read(DAY_START, endMs);
    await makeRollups(endMs + HOUR);
    const made = await read(DAY_START, endMs, endMs + HOUR);
    for (const series of [unmade, halfMade, made]) {
      expect(series).toMatchObject({ resolution: '5m', step_ms: 5 * MINUTE });
      expect(series.summary.rx.total_bytes).toBe(total('rx', samples));
      expect(series.summary.tx.total_bytes).toBe(total('tx', samples));
      expect(series.summary.rx.max_bps).toBe(peak);
    }
    const { sql: _unmade, ...first } = unmade;
    for (const { sql: _sql, ...series } of [halfMade, made]) expect(series).toEqual(first);
    expect(made.resets.length).toBeGreaterThan(0);
    expect(made.gaps.length).toBeGreaterThan(0);

    const pasted = await store.client.query({ query: made.sql, format: 'JSONEachRow' });
    const buckets = await pasted.json<{ rx_bps: number | null }>();
    expect(buckets.map(({ rx_bps }) => rx_bps)).toEqual(
      made.rx_bps.filter((_, index) => made.rx_bps[index] !== null || made.tx_bps[index] !== null),
    );
  });

  it('shows at once what came in late, before its rollups are made', async () => {
    const samples = day(2);
    const late = samples.filter(({ ts }) => ts > DAY_START + 10 * HOUR && ts < DAY_START + 11 * HOUR);
    const endMs = DAY_START + 24 * HOUR;
    await insertSamples(
      store,
      samples.filter((sample) => !late.includes(sample)),
    );
    await makeRollups(endMs + HOUR);
    const before = await read(DAY_START, endMs, endMs + HOUR);
    expect(before.gaps.length).toBeGreaterThan(0);
    await insertSamples(store, late);
    const { sql: _sql, ...shown } = await read(DAY_START, endMs, endMs + HOUR);
    await makeRollups(endMs + HOUR);
    const { sql: _made, ...made } = await read(DAY_START, endMs, endMs + HOUR);
    expect(shown).toEqual(made);
    expect(shown.summary.rx.total_bytes).toBeGreaterThan(before.summary.rx.total_bytes ?? 0);
  });

  it('in hours has the same total as in five minutes', async () => {
    await insertSamples(store, day(3));
    const endMs = DAY_START + 24 * HOUR;
    await makeRollups(endMs + HOUR);
    const [fives, hours] = [await read(DAY_START, endMs, endMs + HOUR), await read(DAY_START, endMs, endMs + HOUR, 24)];
    expect(hours).toMatchObject({ resolution: '1h', step_ms: HOUR, summary: fives.summary, gaps: fives.gaps });
    expect(hours.rx_max_bps.map((bps) => bps ?? 0).reduce((a, b) => Math.max(a, b))).toBe(fives.summary.rx.max_bps);
  });
});

describe('a graph of a hundred days', () => {
  it('is made of the highest version of every bucket, in whatever order and how often they were written', async () => {
    const draw = random(4);
    const days = Array.from({ length: 100 }, (_, index) => DAY_START + index * 24 * HOUR);
    const buckets = days.flatMap((dayMs) => [dayMs, dayMs + 3 * HOUR, dayMs + 23 * HOUR + 55 * MINUTE]);
    const versions = buckets.flatMap((bucketMs) =>
      Array.from({ length: 1 + draw(4) }, (_, version) => keptRow(bucketMs, version, draw)),
    );
    versions.sort(() => draw(2) - 0.5);
    // Several parts, which are merged when the engine likes.
    for (let part = 0; part < 5; part++)
      await store.insert(
        'interface_rollup_5m',
        versions.filter((_, index) => index % 5 === part),
      );
    const endMs = DAY_START + 100 * 24 * HOUR;
    const { summary, gaps, resets, rx_max_bps } = await read(DAY_START, endMs, endMs + HOUR, 100);
    const expected = await settled();
    expect(expected.buckets).toBeLessThan(buckets.length);
    expect(summary.rx).toMatchObject(expected.rx);
    expect(resets).toEqual(expected.resets);
    expect(rx_max_bps.filter((bps) => bps !== null)).toEqual(expected.peaks);
    // Besides those there may be one at either end.
    expect(gaps.filter(({ from_ms, to_ms }) => from_ms > DAY_START && to_ms < endMs)).toEqual(expected.gaps);
  });
});

/** A bucket as some build left it: one in five found that there is none. */
function keptRow(bucketMs: number, version: number, draw: (below: number) => number): TestRow {
  const port = {
    site: 'fra1',
    router: 'r1',
    interface: 'ether1',
    bucket: bucketMs / 1000,
    version: 1_795_000_000_000_000 + version,
  };
  if (draw(5) === 0) return { ...port, is_deleted: 1 };
  const [rx_bytes, rx_max_bps] = draw(9) === 0 ? [null, null] : [draw(1e9), draw(1e7)];
  const sampled = { first_sample_ms: bucketMs + 1000, last_sample_ms: bucketMs + 299_000, reach_ms: 25_000, resets: draw(3) };
  return { ...port, rx_bytes, rx_max_bps, rx_covered_ms: rx_bytes === null ? 0 : 290_000 + draw(1e4), ...sampled };
}

const settledRow = z.object({
  buckets: z.number(),
  total_bytes: z.number(),
  max_bps: z.number(),
  last_bps: z.number(),
  averages: z.array(z.number()),
  resets: z.array(z.number()),
  gaps: z.array(z.object({ from_ms: z.number(), to_ms: z.number() })),
  peaks: z.array(z.number()),
});

/** The same by FINAL and a window. */
async function settled() {
  const result = await store.client.query({
    query: `
SELECT count() AS buckets, sum(rx_bytes) AS total_bytes, max(rx_max_bps) AS max_bps, argMaxIf(average, bucket, rx_covered_ms > 0) AS last_bps,
  arraySort(groupArrayIf(average, rx_covered_ms > 0)) AS averages,
  arraySort(groupArrayIf(toInt64(toUnixTimestamp(bucket)) * 1000, resets > 0)) AS resets,
  arraySort(groupArrayIf(CAST((before_ms, first_sample_ms), 'Tuple(from_ms Int64, to_ms Int64)'), before_ms > 0 AND first_sample_ms - before_ms > reach_ms)) AS gaps,
  maxMapIf([toDate(bucket)], [assumeNotNull(rx_max_bps)], rx_max_bps IS NOT NULL).2 AS peaks
FROM (
  SELECT *, rx_bytes * 8000. / rx_covered_ms AS average,
    lagInFrame(last_sample_ms) OVER (ORDER BY bucket ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before_ms
  FROM (SELECT * FROM interface_rollup_5m FINAL))`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  const [{ buckets, resets, gaps, peaks, averages, ...rx }] = z.tuple([settledRow]).parse(await result.json());
  return { buckets, resets, gaps, peaks, rx: { ...rx, p95_bps: averages[Math.ceil(averages.length * 0.95) - 1] } };
}

describe('tailStart', () => {
  const [from, to, later] = [DAY_START, DAY_START + 24 * HOUR, DAY_START + 48 * HOUR];

  it('is the end when all is made, and the last whole bucket when the range cuts one', () => {
    expect(tailStart([], from, to, later)).toBe(to);
    expect(tailStart([], from, to - 1000, later)).toBe(to - 5 * MINUTE);
  });

  it('is the first bucket that a mark makes dirty, within the range and a day and a half', () => {
    expect(tailStart([from + HOUR, to - HOUR], from, to, later)).toBe(from + HOUR);
    expect(tailStart([from - 30 * MINUTE], from, to, later)).toBe(from);
    expect(tailStart([from - 10 * 24 * HOUR], from - 20 * 24 * HOUR, to, later)).toBe(to);
  });

  it('is no later than what is over', () => {
    expect(tailStart([], from, to, to)).toBe(to - 15 * MINUTE);
  });
});
