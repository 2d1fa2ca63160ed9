/** `bench storage`: other keys, codecs and partitions for interface_counters, by bytes and time on a slice of the set. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { BenchContext } from './context.ts';
import { engineVersion, queryRows, startBenchHub } from './hub.ts';
import type { BenchResult, Measurement } from './result.ts';
import { portName, routerName, type SetPlan, siteName } from './set/plan.ts';
import { linkedPorts } from './set/ports.ts';
import { readSet } from './set/prepare.ts';

/** The set's last day, polled every 10 s, of the first routers: copied once per layout. */
const SLICE_MS = 24 * 3600_000;
const ROUTERS = 25;
const PORTS = 25;
const COPY = 'bench_interface_counters';

interface Layout {
  readonly name: string;
  readonly key?: string;
  readonly partition?: string;
  /** Other codecs, by column. */
  readonly codecs?: Readonly<Record<string, string>>;
}

const COUNTERS = 'rx_bytes tx_bytes rx_packets tx_packets rx_drops tx_drops tx_queue_drops rx_errors tx_errors'.split(' ');
const FAST_PATH_COUNTERS = ['rx_bytes', 'tx_bytes', 'rx_packets', 'tx_packets'].map((name) => `fp_${name}`);
const counters = (codec: string): Record<string, string> =>
  Object.fromEntries([...COUNTERS, ...FAST_PATH_COUNTERS].map((name) => [name, codec]));

const PORT_FIRST = '(site, router, interface, ts, agent)';
const LAYOUTS: readonly Layout[] = [
  { name: 'as migrated: hour first; counters Delta, T64, ZSTD(1); rank and time Delta, ZSTD(1)' },
  { name: 'port first', key: PORT_FIRST },
  { name: 'day first', key: '(toStartOfDay(ts), site, router, interface, ts, agent)' },
  { name: 'five minutes first', key: '(toStartOfFiveMinutes(ts), site, router, interface, ts, agent)' },
  { name: 'counters: Delta, ZSTD(1)', codecs: counters('Delta, ZSTD(1)') },
  { name: 'counters: DoubleDelta, ZSTD(1)', codecs: counters('DoubleDelta, ZSTD(1)') },
  { name: 'counters: Delta, T64, ZSTD(3)', codecs: counters('Delta, T64, ZSTD(3)') },
  { name: 'counters: T64, ZSTD(1)', codecs: counters('T64, ZSTD(1)') },
  { name: 'rank: ZSTD(1)', codecs: { rank: 'ZSTD(1)' } },
  { name: 'rank: DoubleDelta, ZSTD(1)', codecs: { rank: 'DoubleDelta, ZSTD(1)' } },
  { name: 'time: DoubleDelta, ZSTD(1)', codecs: { ts: 'DoubleDelta, ZSTD(1)' } },
  { name: 'time: Delta, T64, ZSTD(1)', codecs: { ts: 'Delta, T64, ZSTD(1)' } },
  {
    name: 'before migration 0020: rank ZSTD(1), time DoubleDelta, ZSTD(1)',
    codecs: { rank: 'ZSTD(1)', ts: 'DoubleDelta, ZSTD(1)' },
  },
  { name: 'partitions of a month', partition: 'toYYYYMM(ts)' },
  { name: 'partitions of six hours', partition: 'toStartOfInterval(ts, INTERVAL 6 HOUR)' },
];

export async function benchStorage(context: BenchContext): Promise<BenchResult> {
  const state = readSet(context.setFolder);
  if (state?.complete !== true)
    throw new Error(
      `Cannot measure: ${context.setFolder} does not hold the set of 30 days. Make it with: npm run bench -- prepare`,
    );
  const { plan } = state;
  await using hub = await startBenchHub({ ...context, folder: context.setFolder });
  const { clickhouse } = hub;
  const measurements: Measurement[] = [];
  for (const layout of LAYOUTS) {
    await clickhouse.command({ query: `DROP TABLE IF EXISTS ${COPY} SYNC` });
    await createCopy(clickhouse, layout);
    const insertS = await seconds(() => copySlice(clickhouse, plan));
    await clickhouse.command({ query: `OPTIMIZE TABLE ${COPY} FINAL` });
    const bytes = await bytesPerRow(clickhouse);
    const portMs = await portTimes(clickhouse, plan);
    const bucketMs = await bucketTimes(clickhouse, plan, context.rounds);
    measurements.push(
      { group: layout.name, what: 'bytes per row, merged', rounds: [bytes] },
      { what: 'copying the slice, s', rounds: [insertS] },
      { what: `a port’s day with FINAL, ms (${PORTS} ports)`, rounds: portMs },
      { what: 'all ports’ five minutes with FINAL, ms', rounds: bucketMs },
    );
    context.print(`${layout.name}: ${bytes.toFixed(2)} B a row, copied in ${insertS.toFixed(1)} s`);
  }
  await clickhouse.command({ query: `DROP TABLE ${COPY} SYNC` });
  const rows = (SLICE_MS / 10_000) * ROUTERS * plan.portsPerRouter;
  return {
    name: 'storage',
    conditions: `The set’s last day of ${ROUTERS} routers (${(rows / 1e6).toFixed(1)} M rows at 10 s) copied into a table of each layout, merged, and read by ClickHouse alone. Copying sorts and compresses in one thread.`,
    measurements,
    versions: [await engineVersion(clickhouse)],
  };
}

const tableRow = z.object({ create_table_query: z.string() });

/** The migrated table's own statement with other words where the layout differs. */
async function createCopy(clickhouse: ClickHouseClient, layout: Layout): Promise<void> {
  const [row] = await queryRows(
    clickhouse,
    `SELECT create_table_query FROM system.tables WHERE database = currentDatabase() AND name = 'interface_counters'`,
  );
  await clickhouse.command({ query: withLayout(tableRow.parse(row).create_table_query, layout) });
}

/** Rewrites a CREATE TABLE of ClickHouse's own spelling. Throws where the statement has not what the layout would replace. */
export function withLayout(statement: string, { key, partition, codecs = {} }: Layout): string {
  const replaced = (text: string, pattern: RegExp, by: string): string => {
    if (!pattern.test(text)) throw new Error(`Cannot change the layout: ${pattern} is not in the statement`);
    return text.replace(pattern, by);
  };
  let changed = replaced(statement, /^CREATE TABLE \S+/, `CREATE TABLE ${COPY}`);
  if (key !== undefined) changed = replaced(changed, /ORDER BY \(.*\) (?=SETTINGS)/s, `ORDER BY ${key} `);
  if (partition !== undefined) changed = replaced(changed, /PARTITION BY .+? (?=ORDER BY)/s, `PARTITION BY ${partition} `);
  for (const [column, codec] of Object.entries(codecs))
    changed = replaced(changed, new RegExp(`(\`${column}\` [^\`]*? CODEC)\\((?:[^()]|\\([^()]*\\))*\\)`), `$1(${codec})`);
  return changed;
}

async function copySlice(clickhouse: ClickHouseClient, plan: SetPlan): Promise<void> {
  await clickhouse.command({
    query: `INSERT INTO ${COPY} SELECT * FROM interface_counters WHERE site = '${siteName(plan, 0)}' AND router <= '${routerName(ROUTERS - 1)}' AND ${within(plan.endMs - SLICE_MS, plan.endMs)}`,
    clickhouse_settings: { max_threads: 1, max_insert_threads: '1', throw_on_max_partitions_per_insert_block: 0 },
  });
}

/** Bounds of time that every layout's key can use. */
function within(fromMs: number, toMs: number): string {
  const [from, to] = [fromMs, toMs].map((ms) => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`);
  const bounds = ['toStartOfHour', 'toStartOfDay', 'toStartOfFiveMinutes'].map(
    (start) => `${start}(ts) >= ${start}(${from}) AND ${start}(ts) <= ${start}(${to})`,
  );
  return [`ts >= ${from} AND ts < ${to}`, ...bounds].join(' AND ');
}

async function bytesPerRow(clickhouse: ClickHouseClient): Promise<number> {
  const [row] = await queryRows(
    clickhouse,
    `SELECT sum(bytes_on_disk) / sum(rows) AS bytes FROM system.parts WHERE active AND database = currentDatabase() AND table = '${COPY}'`,
  );
  return z.object({ bytes: z.number() }).parse(row).bytes;
}

/** Times of reading one port's slice as the graphs do, ms. */
async function portTimes(clickhouse: ClickHouseClient, plan: SetPlan): Promise<number[]> {
  const times: number[] = [];
  for (const { router, port } of linkedPorts(plan, ROUTERS).slice(0, PORTS)) {
    const where = `site = '${siteName(plan, router)}' AND router = '${routerName(router)}' AND interface = '${portName(port)}'`;
    const query = `SELECT count() AS samples, max(rx_bytes) AS rx, max(tx_bytes) AS tx FROM ${COPY} FINAL WHERE ${where} AND ${within(plan.endMs - SLICE_MS, plan.endMs)}`;
    times.push(1000 * (await seconds(() => queryRows(clickhouse, query))));
  }
  return times;
}

/** Times of reading all ports' five minutes as a rebuild of rollups does, ms. */
async function bucketTimes(clickhouse: ClickHouseClient, plan: SetPlan, rounds: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const fromMs = plan.endMs - SLICE_MS + (round + 1) * 3600_000;
    const query = `SELECT count() AS samples, sum(rx_bytes) AS rx, sum(tx_bytes) AS tx FROM ${COPY} FINAL WHERE ${within(fromMs, fromMs + 300_000)}`;
    times.push(1000 * (await seconds(() => queryRows(clickhouse, query))));
  }
  return times;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}
