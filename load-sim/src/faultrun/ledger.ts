/** Whether every sequence has ended as exactly one of stored, rejected and skipped, and every skip has a reason that the run gave. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { nameOf, type SealedRecord } from './spool-copy.ts';

/** What `batches` says of one sequence. */
export interface StoredFate {
  readonly epoch: bigint;
  readonly sequence: bigint;
  /** 2 stored, 1 rejected, 0 skipped. */
  readonly state: number;
  readonly reason: string;
  /** Of the batch that was stored or rejected; 0 for a skip. */
  readonly contentHash: bigint;
}

export interface LedgerReport {
  readonly stored: number;
  readonly skipped: number;
  /** One line per fault. */
  readonly faults: readonly string[];
}

const FATES = `
  SELECT toString(epoch) AS epoch, toString(sequence) AS sequence, state, reason, toString(content_hash) AS content_hash
  FROM batches FINAL WHERE agent = {agent:String} ORDER BY batches.epoch, batches.sequence`;
const fateRow = z.object({
  epoch: z.string(),
  sequence: z.string(),
  state: z.number(),
  reason: z.string(),
  content_hash: z.string(),
});

export async function readFates(client: ClickHouseClient, agent: string): Promise<StoredFate[]> {
  const answer = await client.query({ query: FATES, query_params: { agent }, format: 'JSONEachRow' });
  return z
    .array(fateRow)
    .parse(await answer.json())
    .map(({ epoch, sequence, state, reason, content_hash }) => ({
      epoch: BigInt(epoch),
      sequence: BigInt(sequence),
      state,
      reason,
      contentHash: BigInt(content_hash),
    }));
}

/**
 * Holds the fates against what the agent sealed. `sealed` need not have every batch; `damaged` names the batches that were damaged
 * on disk, the only ones that may be skipped. Pure.
 */
export function checkFates(
  fates: readonly StoredFate[],
  sealed: ReadonlyMap<string, SealedRecord>,
  damaged: ReadonlySet<string>,
): LedgerReport {
  const faults: string[] = [];
  const known = new Set(fates.map(nameOf));
  for (const fate of fates) {
    const name = nameOf(fate);
    if (fate.state === 1) faults.push(`batch ${name} was rejected: ${fate.reason}`);
    if (fate.state === 0 && !damaged.has(name)) faults.push(`batch ${name} was skipped (${fate.reason}), but not damaged`);
    const record = sealed.get(name);
    if (fate.state === 2 && record !== undefined && record.contentHash !== fate.contentHash)
      faults.push(`batch ${name} is stored with other bytes than the agent sealed`);
  }
  const last = new Map<bigint, bigint>();
  for (const { epoch, sequence } of [...fates, ...sealed.values()]) {
    if (sequence > (last.get(epoch) ?? 0n)) last.set(epoch, sequence);
  }
  for (const [epoch, end] of last) {
    for (let sequence = 1n; sequence <= end; sequence++) {
      const name = nameOf({ epoch, sequence });
      if (!known.has(name)) faults.push(`batch ${name} has no end: neither stored, rejected nor skipped`);
    }
  }
  const inState = (state: number): number => fates.filter((fate) => fate.state === state).length;
  return { stored: inState(2), skipped: inState(0), faults };
}
