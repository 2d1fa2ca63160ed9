/** What became of the batches that were sealed during an outage. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { Range } from '../../verify/range.ts';
import { AGENT } from '../setup.ts';

export interface Backlog {
  readonly batches: number;
  /** When the last of them was stored, Unix ms; undefined when there are none. */
  readonly storedMs: number | undefined;
}

const BACKLOG = `
  SELECT count() AS batches, toString(toUnixTimestamp64Milli(max(stored_at))) AS stored_ms
  FROM batches FINAL
  WHERE agent = {agent:String} AND state = 2
    AND sealed_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND sealed_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;
const backlogRows = z.tuple([z.object({ batches: z.coerce.number(), stored_ms: z.coerce.number() })]);

/** Reads the stored batches that were sealed in a range of time, its end excluded. */
export async function readBacklog(client: ClickHouseClient, { fromMs, toMs }: Range): Promise<Backlog> {
  const query_params = { agent: AGENT, from: String(Math.floor(fromMs)), to: String(Math.floor(toMs)) };
  const answer = await client.query({ query: BACKLOG, query_params, format: 'JSONEachRow' });
  const [{ batches, stored_ms }] = backlogRows.parse(await answer.json());
  return { batches, storedMs: batches === 0 ? undefined : stored_ms };
}
