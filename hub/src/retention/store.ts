/** Floors and partitions in ClickHouse. Every method throws StoreError, or the signal's reason. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { type Cluster, storedName, systemTable } from '../clickhouse/cluster.ts';
import { sqlString } from '../clickhouse/sql-tokens.ts';
import { asStoreError } from '../clickhouse/store-error.ts';
import { TIERS, type Tier } from './tiers.ts';

export interface StoredPartition {
  readonly table: string;
  readonly id: string;
  readonly rows: number;
  readonly bytes: number;
}

export type RetentionStore = ReturnType<typeof createRetentionStore>;

const FLOORS = `
  SELECT tier, toUnixTimestamp(max(floor)) * 1000 AS floor_ms, dateDiff('millisecond', argMax(raised_at, floor), now64(3, 'UTC')) AS age_ms
  FROM retention_floors
  GROUP BY tier`;
const floorRow = z.object({ tier: z.string(), floor_ms: z.coerce.number(), age_ms: z.coerce.number() });

export interface RecordedFloor {
  readonly tier: Tier;
  readonly floorMs: number;
  /** How long it has been on record, by the server's clock. */
  readonly ageMs: number;
}

const partitionsOf = (cluster: Cluster | undefined): string => `
  SELECT replaceRegexpOne(table, '_local$', '') AS name, partition_id AS id, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
  FROM ${systemTable('system.parts', cluster)}
  WHERE active AND database = {database:String} AND name IN {tables:Array(String)}
  GROUP BY name, id
  ORDER BY id, name`;
const partitionRow = z
  .object({ name: z.string(), id: z.string(), rows: z.coerce.number(), bytes: z.coerce.number() })
  .transform(({ name, ...row }): StoredPartition => ({ table: name, ...row }));

const BEFORE = "received_at < fromUnixTimestamp64Milli({before_ms:Int64}, 'UTC')";

export function createRetentionStore(client: ClickHouseClient, database: string, cluster?: Cluster) {
  async function rows<Row extends z.ZodType>(
    query: string,
    query_params: Record<string, unknown>,
    row: Row,
    signal: AbortSignal,
  ): Promise<z.output<Row>[]> {
    try {
      const answer = await client.query({ query, query_params, format: 'JSONEachRow', abort_signal: signal });
      return z.array(row).parse(await answer.json());
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof z.ZodError ? error : asStoreError(error);
    }
  }

  async function alter(query: string, query_params: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    try {
      // A partition of any size goes; ClickHouse asks for a file on disk beyond 50 GB otherwise.
      const clickhouse_settings = { max_partition_size_to_drop: '0', mutations_sync: '0' } as const;
      await client.command({ query, query_params, clickhouse_settings, abort_signal: signal });
    } catch (error) {
      signal.throwIfAborted();
      throw asStoreError(error);
    }
  }

  return {
    /** Floors that hubs have put on record. */
    async floors(signal: AbortSignal): Promise<RecordedFloor[]> {
      const found = await rows(FLOORS, {}, floorRow, signal);
      return TIERS.flatMap((tier) => {
        const row = found.find((other) => other.tier === tier);
        return row === undefined ? [] : [{ tier, floorMs: row.floor_ms, ageMs: row.age_ms }];
      });
    },

    /** Puts a floor on record. A lower one than before changes nothing. */
    async raise(tier: Tier, floorMs: number, signal: AbortSignal): Promise<void> {
      try {
        await client.insert({
          table: 'retention_floors',
          values: [{ tier, floor: floorMs / 1000 }],
          format: 'JSONEachRow',
          abort_signal: signal,
        });
      } catch (error) {
        signal.throwIfAborted();
        throw asStoreError(error);
      }
    },

    /** The partitions of these tables, the oldest first. */
    partitions: (tables: readonly string[], signal: AbortSignal): Promise<StoredPartition[]> =>
      rows(partitionsOf(cluster), { database, tables }, partitionRow, signal),

    /** Drops a partition with all its rows; one that is not there is none. Needs next to no room on disk. */
    drop: ({ table, id }: Pick<StoredPartition, 'table' | 'id'>, signal: AbortSignal): Promise<void> =>
      alter(`ALTER TABLE ${storedName(table, cluster)} DROP PARTITION ID ${sqlString(id)}`, {}, signal),

    /** Whether any batch on record was received before then. */
    async hasBatches(beforeMs: number, signal: AbortSignal): Promise<boolean> {
      const query = `SELECT 1 AS one FROM batches WHERE ${BEFORE} LIMIT 1`;
      return (await rows(query, { before_ms: beforeMs }, z.object({ one: z.number() }), signal)).length > 0;
    },

    /** Takes batches off record that were received before then; ClickHouse rewrites their parts in the background. */
    forgetBatches: (beforeMs: number, signal: AbortSignal): Promise<void> =>
      alter(`ALTER TABLE ${storedName('batches', cluster)} DELETE WHERE ${BEFORE}`, { before_ms: beforeMs }, signal),
  };
}
