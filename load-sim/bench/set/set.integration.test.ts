import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type BenchHub, queryRows, startBenchHub } from '../hub.ts';
import {
  FAST_INTERVAL_MS,
  portName,
  routerName,
  routersOf,
  type SetPlan,
  SLOW_INTERVAL_MS,
  siteName,
  spansOf,
  startMs,
} from './plan.ts';
import { prepareSet, readSet } from './prepare.ts';
import { createPort, pollMs } from './traffic.ts';

/** Two days of six routers; the seed gives one of them a boot and at least one an outage. */
const PLAN: SetPlan = {
  version: 1,
  seed: 128,
  sites: 2,
  routersPerSite: 3,
  portsPerRouter: 10,
  days: 2,
  endMs: Date.UTC(2026, 2, 4, 7),
};
const PORTS = { httpPort: 0, grpcPort: 0, clickhousePort: 0 };
const DAY_MS = 86_400_000;

let folder = '';
let hub: BenchHub;
const lines: string[] = [];
const prepare = () => prepareSet({ ...PORTS, folder, days: 30, nowMs: Date.now(), print: (line) => lines.push(line) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'poplar-set-'));
  // As an interrupted run leaves it before its first span.
  await writeFile(join(folder, 'set.json'), JSON.stringify({ plan: PLAN, spans: 0, seconds: 0, complete: false }));
  await prepare();
  hub = await startBenchHub({ ...PORTS, folder });
}, 120_000);

afterAll(async () => {
  await hub?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const COLUMNS = [
  'rx_bytes',
  'tx_bytes',
  'rx_packets',
  'tx_packets',
  'rx_drops',
  'tx_drops',
  'tx_queue_drops',
  'rx_errors',
  'tx_errors',
];
const sample = z.object({ ms: z.number(), baseline: z.string(), counters: z.array(z.number()) });

/** All samples of a port in order of time. */
async function samplesOf(router: number, port: number): Promise<z.infer<typeof sample>[]> {
  const rows = await queryRows(
    hub.clickhouse,
    `SELECT toUnixTimestamp64Milli(ts) AS ms, toString(baseline) AS baseline, [${COLUMNS.join(', ')}] AS counters FROM interface_counters FINAL
     WHERE site = '${siteName(PLAN, router)}' AND router = '${routerName(router)}' AND interface = '${portName(port)}' ORDER BY ts`,
  );
  return z.array(sample).parse(rows);
}

/** Slots of the whole set, in order. */
function* slots(): Generator<readonly [slotMs: number, intervalMs: number]> {
  for (const { fromMs, toMs, intervalMs } of spansOf(PLAN))
    for (let slotMs = fromMs; slotMs < toMs; slotMs += intervalMs) yield [slotMs, intervalMs];
}

it('says in SQL what the closed form says, sample by sample', async () => {
  for (let router = 0; router < routersOf(PLAN); router++) {
    const number = (router * 7) % PLAN.portsPerRouter;
    const samples = await samplesOf(router, number);
    const port = createPort(PLAN, router, number);
    const expected = new Map<number, number[]>();
    for (const [slotMs, intervalMs] of slots())
      expected.set(pollMs(PLAN, router, slotMs, intervalMs), Object.values(port.countersAt(slotMs, intervalMs)));
    expect(samples.length).toBeGreaterThan(expected.size - 200);
    for (const { ms, counters } of samples) expect(counters, `${router} ${number} ${ms}`).toEqual(expected.get(ms));
  }
});

it('has every poll, and the rows of those that were answered', async () => {
  const visits = routersOf(PLAN) * (DAY_MS / SLOW_INTERVAL_MS + DAY_MS / FAST_INTERVAL_MS);
  const [row] = await queryRows(
    hub.clickhouse,
    `SELECT count() AS polls, countIf(outcome = 'ok') * ${PLAN.portsPerRouter} AS due, sum(interface_rows) AS declared,
       (SELECT count() FROM interface_counters FINAL) AS rows,
       (SELECT sum(interface_rows) FROM batches FINAL) AS in_batches,
       (SELECT count() FROM polls_latest FINAL) AS newest
     FROM polls FINAL`,
  );
  const { polls, due, rows, declared, in_batches, newest } = z.record(z.string(), z.number()).parse(row);
  expect(polls).toBe(visits);
  expect(due).toBeLessThan(visits * PLAN.portsPerRouter);
  expect({ rows, declared, in_batches }).toEqual({ rows: due, declared: due, in_batches: due });
  expect(newest).toBe(routersOf(PLAN));
});

it('lets counters fall only where a router boots, in a new baseline', async () => {
  let boots = 0;
  for (let router = 0; router < routersOf(PLAN); router++)
    for (let port = 0; port < PLAN.portsPerRouter; port++) {
      const samples = await samplesOf(router, port);
      for (const [index, { baseline, counters }] of samples.entries()) {
        const before = samples[index - 1];
        if (before === undefined || !counters.some((value, column) => value < (before.counters[column] ?? 0))) continue;
        expect(baseline).not.toBe(before.baseline);
        boots++;
      }
    }
  expect(boots).toBeGreaterThan(0);
});

it('keeps what is complete', async () => {
  const before = readSet(folder);
  expect(before).toMatchObject({ complete: true, spans: spansOf(PLAN).length });
  await prepare();
  expect(readSet(folder)).toEqual(before);
  expect(lines.at(-1)).toContain('holds the set already');
});

it('refuses a folder with a set of another version', async () => {
  const other = await mkdtemp(join(tmpdir(), 'poplar-set-'));
  await writeFile(
    join(other, 'set.json'),
    JSON.stringify({ plan: { ...PLAN, version: 2 }, spans: 0, seconds: 0, complete: true }),
  );
  expect(() => readSet(other)).toThrow('another version');
  await rm(other, { recursive: true });
});

it('covers all of its time once, in spans of one day each', () => {
  const spans = spansOf(PLAN);
  expect(spans[0]?.fromMs).toBe(startMs(PLAN));
  expect(spans.at(-1)?.toMs).toBe(PLAN.endMs);
  expect(spans.slice(1).map(({ fromMs }) => fromMs)).toEqual(spans.slice(0, -1).map(({ toMs }) => toMs));
  for (const { fromMs, toMs } of spans) expect(Math.floor(fromMs / DAY_MS)).toBe(Math.floor((toMs - 1) / DAY_MS));
});
