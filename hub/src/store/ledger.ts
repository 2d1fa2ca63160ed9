/** The BatchLedger on ClickHouse: what `batches` says about sequences an agent asks for. */

import { create } from '@bufbuild/protobuf';
import type { ClickHouseClient } from '@clickhouse/client';
import { type PendingRange, type SequenceRange, SequenceRangeSchema, SkipReasonSchema } from '@poplar/proto/telemetry/v1/ingest';
import { z } from 'zod';
import { asStoreError } from '../clickhouse/store-error.ts';
import type { BatchLedger } from '../ingest/ledger.ts';

/** Sequences that one statement puts on record. */
const SKIP_CHUNK = 1_000_000n;
/** Most ranges and batches that one Hello may ask for; the others are simply sent again. */
const RANGES_MAX = 256;
const BATCHES_MAX = 4096;
/** Latest time that a DateTime64(3) can hold and every function of ClickHouse takes: 2100. */
const TIME_MAX_MS = 4_102_444_800_000n;

const FINISHED = `
  SELECT sequence, content_hash, state
  FROM batches FINAL
  WHERE agent = {agent:String} AND epoch = {epoch:UInt64} AND sequence BETWEEN {first:UInt64} AND {last:UInt64}`;
const finishedRow = z.object({ sequence: z.string(), content_hash: z.string(), state: z.number() });

const RECORD_SKIPPED = `
  INSERT INTO batches (agent, epoch, sequence, content_hash, state, reason, sealed_at, received_at, stored_at)
  SELECT {agent:String}, {epoch:UInt64}, number, 0, 0, {reason:String},
    fromUnixTimestamp64Milli({last_poll_ms:Int64}, 'UTC'), fromUnixTimestamp64Milli({received_ms:Int64}, 'UTC'), now64(3, 'UTC')
  FROM numbers({first:UInt64}, {count:UInt64})`;

export function createBatchLedger(client: ClickHouseClient): BatchLedger {
  return {
    async finished(agent, pending, signal) {
      const done: SequenceRange[] = [];
      let batches = 0;
      for (const range of pending.slice(0, RANGES_MAX)) {
        batches += range.contentHashes.length;
        if (batches > BATCHES_MAX) break;
        if (range.contentHashes.length > 0) done.push(...(await finishedOf(client, agent, range, signal)));
      }
      return done;
    },

    async recordSkipped(agent, skipped, receivedAtMs, signal) {
      const { range, reason, lastPollMs } = skipped;
      if (range === undefined) throw new Error('BUG: a skip without a range was let through');
      const { epoch, first, last } = range;
      for (let from = first; from <= last; from += SKIP_CHUNK) {
        const query_params = {
          agent,
          epoch: String(epoch),
          first: String(from),
          count: String(last - from + 1n < SKIP_CHUNK ? last - from + 1n : SKIP_CHUNK),
          reason: SkipReasonSchema.value[reason]?.localName.toLowerCase() ?? `reason ${reason}`,
          last_poll_ms: String(lastPollMs < TIME_MAX_MS ? lastPollMs : 0n),
          received_ms: String(Math.round(receivedAtMs)),
        };
        try {
          await client.command({ query: RECORD_SKIPPED, query_params, abort_signal: signal });
        } catch (error) {
          throw asStoreError(error);
        }
      }
    },
  };
}

/** The sequences of one range that are final with the same bytes. A skipped one is not: whoever still has its bytes may send them. */
async function finishedOf(
  client: ClickHouseClient,
  agent: string,
  range: PendingRange,
  signal: AbortSignal,
): Promise<SequenceRange[]> {
  const { epoch, first, contentHashes } = range;
  const last = first + BigInt(contentHashes.length - 1);
  const query_params = { agent, epoch: String(epoch), first: String(first), last: String(last) };
  const rows = await query(client, query_params, signal);
  const known = new Map(rows.map((row) => [BigInt(row.sequence), row]));
  const done: SequenceRange[] = [];
  for (const [index, hash] of contentHashes.entries()) {
    const sequence = first + BigInt(index);
    const row = known.get(sequence);
    if (row === undefined || row.state === 0 || BigInt(row.content_hash) !== hash) continue;
    const open = done.at(-1);
    if (open !== undefined && open.last === sequence - 1n) open.last = sequence;
    else done.push(create(SequenceRangeSchema, { epoch, first: sequence, last: sequence }));
  }
  return done;
}

async function query(
  client: ClickHouseClient,
  query_params: Record<string, string>,
  signal: AbortSignal,
): Promise<z.infer<typeof finishedRow>[]> {
  try {
    const result = await client.query({ query: FINISHED, query_params, format: 'JSONEachRow', abort_signal: signal });
    return z.array(finishedRow).parse(await result.json());
  } catch (error) {
    throw asStoreError(error);
  }
}
