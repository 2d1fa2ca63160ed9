/**
 * Drops what has expired: whole partitions, once all of their days lie before the tier's floor. The floor is put on record some minutes
 * before, so that no hub takes rows for a day that is gone, or still makes rollups of it that it began with the floor of before. Hubs do this
 * side by side: dropping twice is dropping once.
 *
 * A floor is counted back from the newest day that has polls, or from now where that is earlier: a clock that runs ahead, here or at an
 * agent, expires nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StoreError } from '../clickhouse/store-error.ts';
import { POLL_TABLE } from '../writer/tables.ts';
import type { RetentionFloors } from './floors.ts';
import type { RetentionMetrics } from './metrics.ts';
import type { RetentionStore, StoredPartition } from './store.ts';
import { DAY_MS, floorOf, partitionSpan, TIERS, type Tier, tierOf } from './tiers.ts';

export interface RetentionDeps {
  readonly store: RetentionStore;
  readonly floors: RetentionFloors;
  /** Tables of the writer and of what is made from them. */
  readonly tables: readonly string[];
  readonly nowMs: () => number;
  /** How long a floor is on record before anything is dropped for it. */
  readonly settleMs: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly metrics: RetentionMetrics;
}

const EVERY_MS = 10 * 60_000;
/** A turn of the rollups is over by then. */
export const SETTLE_MS = 5 * 60_000;
/** Part of its retention that `batches` outlives it by: it has no partitions, so taking rows out of it rewrites what stays. */
const SLACK_SHARE = 0.1;

export function createRetention({ store, floors, tables, nowMs, settleMs, log, metrics }: RetentionDeps) {
  /** Takes over what other hubs have put on record. To be called before rows are taken or rollups made. Throws StoreError. */
  async function learn(signal: AbortSignal): Promise<void> {
    for (const { tier, floorMs } of await store.floors(signal)) floors.learn(tier, floorMs);
  }

  /** Looks once. Throws StoreError. */
  async function turn(signal: AbortSignal): Promise<void> {
    const known = new Map((await store.floors(signal)).map((floor) => [floor.tier, floor]));
    const settled = new Map<Tier, number>();
    const partitions = await store.partitions(tables, signal);
    const referenceMs = newestPollMs(partitions, nowMs());
    for (const tier of TIERS) {
      const { floorMs: onRecordMs = 0, ageMs = 0 } = known.get(tier) ?? {};
      const floorMs = Math.max(onRecordMs, floorOf(floors.days[tier], referenceMs));
      if (floorMs > onRecordMs) await store.raise(tier, floorMs, signal);
      if (ageMs >= settleMs) settled.set(tier, onRecordMs);
      floors.learn(tier, floorMs);
      metrics.floorSeconds.set({ tier }, floorMs / 1000);
    }
    for (const partition of partitions) {
      const tier = tierOf(partition.table);
      const span = partitionSpan(partition.id);
      if (tier === undefined || span === undefined || span.toMs > (settled.get(tier) ?? 0)) continue;
      await store.drop(partition, signal);
      metrics.partitions.inc({ tier });
      metrics.rows.inc({ tier }, partition.rows);
      const { table, id, rows, bytes } = partition;
      log.info({ tier, table, partition: id, rows, bytes }, 'Dropped a partition: all of it had expired');
    }
    const days = floors.days.polls;
    const batchesMs = floors.ms('polls');
    if (days === null || batchesMs === 0) return;
    if (await store.hasBatches(batchesMs - Math.ceil(days * SLACK_SHARE) * DAY_MS, signal)) {
      log.info({ before: new Date(batchesMs).toISOString() }, 'Takes batches off record that have expired');
      await store.forgetBatches(batchesMs, signal);
    }
  }

  return {
    learn,
    turn,
    /** Looks every ten minutes until aborted. */
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        try {
          await turn(signal);
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof StoreError)) throw error;
          log.warn({ err: error }, 'Cannot drop what has expired now; tried again in ten minutes');
        }
        // The loop sees the abort.
        await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

/** Now, or the end of the newest day that has polls where that is earlier; 0 without polls. What lies in the future is no such day. */
function newestPollMs(partitions: readonly StoredPartition[], nowMs: number): number {
  const ends = partitions
    .filter(({ table }) => table === POLL_TABLE.table)
    .flatMap(({ id }) => partitionSpan(id) ?? [])
    .filter(({ fromMs }) => fromMs <= nowMs)
    .map(({ toMs }) => toMs - 1);
  return Math.min(nowMs, Math.max(0, ...ends));
}
