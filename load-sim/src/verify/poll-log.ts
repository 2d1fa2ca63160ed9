/** Reads when each router was polled and how that ended. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { AgentTime } from './agent-time.ts';
import type { Range } from './range.ts';

/** One stored poll, as far as its time (the true one) and its end go. */
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

/** The polls of a range, which is by the agents' clocks, router by router, each in the order of time. */
export async function* readPollLog(client: ClickHouseClient, range: Range, time: AgentTime): AsyncGenerator<LoggedPoll> {
  const query = `SELECT site, router, agent, toString(epoch), toString(toUnixTimestamp64Milli(ts)), toString(duration_us / 1000), toString(outcome),
  toString(interval_ms), error
FROM polls FINAL WHERE ${IN_RANGE} ORDER BY site, router, polls.ts, agent`;
  let ofRouter: LoggedPoll[] = [];
  for await (const row of rowsOf(client, query, range)) {
    const [site, router, agent, epoch, agentMs, durationMs, outcome, intervalMs, error] = POLL.parse(row);
    const [first] = ofRouter;
    if (first !== undefined && (first.router !== router || first.site !== site)) {
      yield* inTime(ofRouter);
      ofRouter = [];
    }
    ofRouter.push({ site, router, agent, epoch, tsMs: time.trueMs(agentMs), durationMs, outcome, intervalMs, error });
  }
  yield* inTime(ofRouter);
}

/** A clock that was stepped has put them into another order. */
function inTime(polls: readonly LoggedPoll[]): LoggedPoll[] {
  return polls.toSorted((a, b) => a.tsMs - b.tsMs);
}

export async function readRuns(client: ClickHouseClient, range: Range, time: AgentTime): Promise<AgentRun[]> {
  const runs = new Map<string, AgentRun>();
  for await (const { agent, epoch, tsMs } of readPollLog(client, range, time)) {
    const run = runs.get(`${agent}\n${epoch}`) ?? { agent, epoch, fromMs: tsMs, toMs: tsMs };
    runs.set(`${agent}\n${epoch}`, { ...run, fromMs: Math.min(run.fromMs, tsMs), toMs: Math.max(run.toMs, tsMs) });
  }
  return [...runs.values()];
}

async function* rowsOf(client: ClickHouseClient, query: string, { fromMs, toMs }: Range): AsyncGenerator {
  const query_params = { from: String(fromMs), to: String(toMs) };
  const result = await client.query({ query, query_params, format: 'JSONCompactEachRow' });
  for await (const rows of result.stream<unknown>()) {
    for (const row of rows) yield row.json();
  }
}
