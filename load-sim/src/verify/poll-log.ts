/** Reads when each router was polled and how that ended. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { Range } from './stored.ts';

/** One stored poll, as far as its time and its end go. */
export interface LoggedPoll {
  readonly site: string;
  readonly router: string;
  readonly agent: string;
  readonly epoch: string;
  readonly tsMs: number;
  readonly durationMs: number;
  readonly outcome: string;
  readonly intervalMs: number;
  /** The agent's words for what went wrong. */
  readonly error: string;
}

/** Process runs of agents: from their first poll in the range to their last one. */
export interface AgentRun extends Range {
  readonly agent: string;
  readonly epoch: string;
}

const IN_RANGE = `ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND ts <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;
const POLL = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.coerce.number(),
  z.coerce.number(),
  z.string(),
  z.coerce.number(),
  z.string(),
]);
const RUN = z.tuple([z.string(), z.string(), z.coerce.number(), z.coerce.number()]);

/** The polls of a range, router by router, each in the order of time. */
export async function* readPollLog(client: ClickHouseClient, range: Range): AsyncGenerator<LoggedPoll> {
  const query = `SELECT site, router, agent, toString(epoch), toString(toUnixTimestamp64Milli(ts)), toString(duration_us / 1000), toString(outcome),
  toString(interval_ms), error
FROM polls FINAL WHERE ${IN_RANGE} ORDER BY site, router, polls.ts, agent`;
  for await (const row of rowsOf(client, query, range)) {
    const [site, router, agent, epoch, tsMs, durationMs, outcome, intervalMs, error] = POLL.parse(row);
    yield { site, router, agent, epoch, tsMs, durationMs, outcome, intervalMs, error };
  }
}

export async function readRuns(client: ClickHouseClient, range: Range): Promise<AgentRun[]> {
  const query = `SELECT agent, toString(epoch), toString(toUnixTimestamp64Milli(min(polls.ts))), toString(toUnixTimestamp64Milli(max(polls.ts)))
FROM polls FINAL WHERE ${IN_RANGE} GROUP BY agent, epoch`;
  const runs: AgentRun[] = [];
  for await (const row of rowsOf(client, query, range)) {
    const [agent, epoch, fromMs, toMs] = RUN.parse(row);
    runs.push({ agent, epoch, fromMs, toMs });
  }
  return runs;
}

async function* rowsOf(client: ClickHouseClient, query: string, { fromMs, toMs }: Range): AsyncGenerator {
  const query_params = { from: String(fromMs), to: String(toMs) };
  const result = await client.query({ query, query_params, format: 'JSONCompactEachRow' });
  for await (const rows of result.stream<unknown>()) {
    for (const row of rows) yield row.json();
  }
}
