/** Makes the set of 30 days in a kept folder, through the engine and schema of a hub; a folder that has it already stays as it is. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { type BenchHub, type HubPorts, mergesSettled, queryRows, startBenchHub } from '../hub.ts';
import { rowsOf, type SetPlan, type Span, setPlanSchema, spansOf, usualPlan } from './plan.ts';
import { fillStatements } from './sql.ts';

const stateSchema = z.strictObject({
  plan: setPlanSchema,
  /** Spans that are filled, from the first on. */
  spans: z.int(),
  seconds: z.number(),
  /** All is there and merged. */
  complete: z.boolean(),
});
export type SetState = z.infer<typeof stateSchema>;

const ENGINE_MEMORY_BYTES = 3 * 1024 ** 3;
const MERGES_MAX_MS = 600_000;

/** How statements fill a span: in the order in which the rows are made, in few and large parts. */
const FILL_SETTINGS = {
  max_threads: 1,
  max_insert_threads: '1',
  max_block_size: '262144',
  min_insert_block_size_rows: '2000000',
  min_insert_block_size_bytes: '900000000',
  max_insert_block_size: '2000000',
  throw_on_max_partitions_per_insert_block: 0,
} as const;

const stateFile = (folder: string): string => join(folder, 'set.json');

/** What the folder holds; undefined when it holds no set. Throws when the set in it is another program's. */
export function readSet(folder: string): SetState | undefined {
  if (!existsSync(stateFile(folder))) return undefined;
  const { data } = stateSchema.safeParse(JSON.parse(readFileSync(stateFile(folder), 'utf8')));
  if (data === undefined)
    throw new Error(
      `Cannot use the set in ${folder}: another version of the benchmarks made it. Remove the folder or name another one with --data.`,
    );
  return data;
}

function writeSet(folder: string, state: SetState): void {
  writeFileSync(`${stateFile(folder)}.new`, JSON.stringify(state));
  renameSync(`${stateFile(folder)}.new`, stateFile(folder));
}

export interface PrepareOptions extends HubPorts {
  readonly folder: string;
  readonly days: number;
  readonly nowMs: number;
  readonly print: (line: string) => void;
}

/** Completes the set in the folder; goes on where an interrupted run ended. */
export async function prepareSet(options: PrepareOptions): Promise<SetState> {
  const { folder, print } = options;
  mkdirSync(folder, { recursive: true });
  let state = readSet(folder) ?? { plan: usualPlan(options.nowMs, options.days), spans: 0, seconds: 0, complete: false };
  if (state.complete) {
    print(`${folder} holds the set already: ${describe(state.plan)}`);
    return state;
  }
  const spans = spansOf(state.plan);
  const total = spans.reduce((sum, span) => sum + rowsOf(state.plan, span), 0);
  print(`Making ${describe(state.plan)} in ${folder}: ${millions(total)} interface rows`);
  await using hub = await startBenchHub({ ...options, engineMemoryBytes: ENGINE_MEMORY_BYTES });
  let done = spans.slice(0, state.spans).reduce((sum, span) => sum + rowsOf(state.plan, span), 0);
  for (const span of spans.slice(state.spans)) {
    const startedMs = performance.now();
    await fillSpan(hub.clickhouse, state.plan, span);
    const seconds = (performance.now() - startedMs) / 1000;
    state = { ...state, spans: state.spans + 1, seconds: state.seconds + seconds };
    writeSet(folder, state);
    const rows = rowsOf(state.plan, span);
    done += rows;
    print(
      `${new Date(span.fromMs).toISOString().slice(0, 16)}  ${millions(done)} of ${millions(total)} rows, ${(rows / seconds / 1e6).toFixed(2)} M rows/s, ${Math.round(state.seconds)} s so far`,
    );
  }
  const startedMs = performance.now();
  await mergesSettled(hub.clickhouse, MERGES_MAX_MS);
  state = { ...state, seconds: state.seconds + (performance.now() - startedMs) / 1000, complete: true };
  writeSet(folder, state);
  for (const { name, rows, bytes, parts } of await tableSizes(hub))
    print(
      `${name.padEnd(24)} ${millions(rows).padStart(9)} rows ${(bytes / 1e6).toFixed(0).padStart(6)} MB ${String(parts).padStart(4)} parts`,
    );
  print(`The set is complete after ${Math.round(state.seconds)} s`);
  return state;
}

/** Runs every statement of one span. */
export async function fillSpan(clickhouse: ClickHouseClient, plan: SetPlan, span: Span): Promise<void> {
  for (const query of fillStatements(plan, span)) await clickhouse.command({ query, clickhouse_settings: FILL_SETTINGS });
}

const sizeRow = z.object({ name: z.string(), rows: z.number(), bytes: z.number(), parts: z.number() });

/** The database's tables with rows, the largest first. */
export async function tableSizes({ clickhouse }: Pick<BenchHub, 'clickhouse'>): Promise<z.infer<typeof sizeRow>[]> {
  const rows = await queryRows(
    clickhouse,
    'SELECT table AS name, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, count() AS parts FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table ORDER BY bytes DESC',
  );
  return z.array(sizeRow).parse(rows);
}

export function describe({ days, sites, routersPerSite, portsPerRouter }: SetPlan): string {
  return `${days} days of ${sites * routersPerSite} routers with ${portsPerRouter} ports each, the last day every 10 s, before it every 60 s`;
}

function millions(rows: number): string {
  return `${(rows / 1e6).toFixed(1)} M`;
}
