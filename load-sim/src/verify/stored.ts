/** Reads what ClickHouse holds of a fleet, in chunks of bounded size. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { StoredRow } from './compare.ts';
import type { Range } from './range.ts';
import type { VerifiedTable } from './report.ts';
import { perTable, ROW_TABLES, type RowTable, TABLE_TRUTHS } from './truth/all.ts';
import type { StoredGroup, StoredPoll } from './visits.ts';

/** Some routers of one site in a range of time, ends included; Unix ms. */
export interface Chunk {
  readonly site: string;
  readonly routers: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
}

const CELLS = z.array(z.string().nullable());
const POLL = z.tuple([z.string(), z.string(), z.string(), z.string(), z.string(), z.string()], z.string());
const LOST = z.tuple([z.string(), z.string(), z.string(), z.string(), z.string()]);

/** One is a fault already. */
const STATE_MISMATCHES_MAX = 1000;

/** toStartOfHour repeats the expression of the key: only then whole hours are left out. */
const IN_RANGE = `ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND ts <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
  AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
  AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli({to:Int64}, 'UTC'))`;
const IN_CHUNK = `site = {site:String} AND router IN {routers:Array(String)} AND ${IN_RANGE}`;

/** The polls of a chunk under FINAL, in the order of time. */
export async function readPolls(client: ClickHouseClient, chunk: Chunk): Promise<StoredPoll[]> {
  const polls: StoredPoll[] = [];
  const counts = ROW_TABLES.map((table) => `toString(${TABLE_TRUTHS[table].countColumn})`).join(', ');
  const query = `SELECT router, agent, toString(toUnixTimestamp64Milli(ts)), toString(duration_us), toString(outcome), address, ${counts}
FROM polls FINAL WHERE ${IN_CHUNK} ORDER BY polls.ts, router, agent`;
  for await (const row of rowsOf(client, query, parametersOf(chunk))) {
    const [router, agent, tsMs, durationUs, outcome, address, ...declared] = POLL.parse(row);
    polls.push({
      site: chunk.site,
      router,
      agent,
      tsMs: Number(tsMs),
      durationUs: Number(durationUs),
      outcome,
      address,
      declared: perTable(ROW_TABLES, (table) => Number(declared[ROW_TABLES.indexOf(table)])),
    });
  }
  return polls;
}

/** The rows of a chunk in one table under FINAL, poll by poll in the order of time. */
export async function* readGroups(client: ClickHouseClient, table: RowTable, chunk: Chunk): AsyncGenerator<StoredGroup> {
  const spec = TABLE_TRUTHS[table];
  const values = spec.columns.map((column) => `toString(${column})`).join(', ');
  const query = `SELECT router, agent, toString(toUnixTimestamp64Milli(ts)), ${spec.object} AS object, ${values}
FROM ${table} FINAL WHERE ${IN_CHUNK} ORDER BY ${table}.ts, router, agent, object`;
  let group: (StoredGroup & { rows: StoredRow[] }) | undefined;
  for await (const row of rowsOf(client, query, parametersOf(chunk))) {
    const [router, agent, ts, object, ...cells] = CELLS.parse(row);
    const tsMs = Number(ts);
    if (group === undefined || group.router !== router || group.agent !== agent || group.tsMs !== tsMs) {
      if (group !== undefined) yield group;
      group = { table, site: chunk.site, router: router ?? '', agent: agent ?? '', tsMs, rows: [] };
    }
    group.rows.push({ object: object ?? '', values: cells });
  }
  if (group !== undefined) yield group;
}

/** Rows of a table within a range of time, before FINAL, and the times they are from; Unix ms. */
export interface RawExtent extends Range {
  readonly rows: number;
}

export async function readRawExtent(client: ClickHouseClient, table: VerifiedTable, range: Range): Promise<RawExtent> {
  const query = `SELECT toString(count()), toString(toUnixTimestamp64Milli(min(${table}.ts))), toString(toUnixTimestamp64Milli(max(${table}.ts)))
FROM ${table} WHERE ${IN_RANGE}`;
  for await (const row of rowsOf(client, query, rangeParameters(range))) {
    const [rows, fromMs, toMs] = CELLS.parse(row).map(Number);
    return { rows: rows ?? 0, fromMs: fromMs ?? 0, toMs: toMs ?? 0 };
  }
  throw new Error(`BUG: count() of ${table} gave no row`);
}

/** The numbering of one agent's run. */
export interface PollNumbers {
  readonly agent: string;
  readonly epoch: string;
  /** Numbers that should be there, and numbers that are. */
  readonly expected: number;
  readonly present: number;
  /** Polls that share their number with another one. */
  readonly repeated: number;
}

/**
 * The poll numbers of each run, from 1 (or from the first one in the range, when the run began before it) to the last one
 * in the range. An agent numbers its visits without holes: what is not there is lost.
 */
export async function readPollNumbers(client: ClickHouseClient, range: Range): Promise<PollNumbers[]> {
  const query = `SELECT agent, toString(epoch), toString(high - low + 1),
  toString(length(arrayDistinct(arrayFilter(n -> n >= low AND n <= high, numbers)))),
  toString(length(numbers) - length(arrayDistinct(numbers)))
FROM (
  SELECT agent, epoch, groupArray(poll_number) AS numbers,
    maxIf(poll_number, ts <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')) AS high,
    if(countIf(ts < fromUnixTimestamp64Milli({from:Int64}, 'UTC')) = 0, 1, minIf(poll_number, ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC'))) AS low
  FROM polls FINAL GROUP BY agent, epoch
  HAVING countIf(ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND ts <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')) > 0
)`;
  const runs: PollNumbers[] = [];
  for await (const row of rowsOf(client, query, rangeParameters(range))) {
    const [agent, epoch, expected, present, repeated] = LOST.parse(row);
    runs.push({ agent, epoch, expected: Number(expected), present: Number(present), repeated: Number(repeated) });
  }
  return runs;
}

/** Rows in a table within a range that belong to routers outside of these, by site and router. */
export async function readStrangers(
  client: ClickHouseClient,
  table: VerifiedTable,
  range: Range,
  known: readonly { site: string; router: string }[],
): Promise<{ site: string; router: string; rows: number }[]> {
  const query = `SELECT site, router, toString(count()) FROM ${table} FINAL
WHERE ${IN_RANGE} AND NOT has({known:Array(String)}, concat(site, '\\n', router)) GROUP BY site, router`;
  const strangers: { site: string; router: string; rows: number }[] = [];
  const names = known.map(({ site, router }) => `${site}\n${router}`);
  for await (const row of rowsOf(client, query, { ...rangeParameters(range), known: names })) {
    const [site, router, rows] = CELLS.parse(row);
    strangers.push({ site: site ?? '', router: router ?? '', rows: Number(rows) });
  }
  return strangers;
}

/** A poll that says of other rows in collector_states than are stored. */
export interface StateMismatch {
  readonly site: string;
  readonly router: string;
  readonly tsMs: number;
  readonly declared: number;
  readonly stored: number;
}

/** Polls within a range whose rows in collector_states are not as many as they say; rows without a poll are of one that says none. */
export async function readStateMismatches(client: ClickHouseClient, range: Range): Promise<StateMismatch[]> {
  const query = `SELECT site, router, toString(toUnixTimestamp64Milli(at)), toString(sum(declared)), toString(sum(stored)) FROM (
  SELECT site, router, agent, ts AS at, toUInt64(collector_state_rows) AS declared, toUInt64(0) AS stored
  FROM polls FINAL WHERE ${IN_RANGE} AND collector_state_rows > 0
  UNION ALL
  SELECT site, router, agent, ts AS at, toUInt64(0) AS declared, toUInt64(1) AS stored FROM collector_states FINAL WHERE ${IN_RANGE}
) GROUP BY site, router, agent, at HAVING sum(declared) != sum(stored) ORDER BY at LIMIT ${STATE_MISMATCHES_MAX}`;
  const mismatches: StateMismatch[] = [];
  for await (const row of rowsOf(client, query, rangeParameters(range))) {
    const [site, router, tsMs, declared, stored] = CELLS.parse(row);
    mismatches.push({
      site: site ?? '',
      router: router ?? '',
      tsMs: Number(tsMs),
      declared: Number(declared),
      stored: Number(stored),
    });
  }
  return mismatches;
}

type Parameters = Record<string, string | readonly string[]>;

function rangeParameters({ fromMs, toMs }: Range): Parameters {
  return { from: String(fromMs), to: String(toMs) };
}

function parametersOf(chunk: Chunk): Parameters {
  return { ...rangeParameters(chunk), site: chunk.site, routers: chunk.routers };
}

async function* rowsOf(client: ClickHouseClient, query: string, parameters: Parameters): AsyncGenerator {
  const result = await client.query({ query, query_params: parameters, format: 'JSONCompactEachRow' });
  for await (const rows of result.stream<unknown>()) {
    for (const row of rows) yield row.json();
  }
}
