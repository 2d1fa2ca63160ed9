/** The dead letters on ClickHouse: found by what is asked for, read with their bytes, removed. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { type Cluster, storedName, systemTable } from '../clickhouse/cluster.ts';
import { asStoreError } from '../clickhouse/store-error.ts';

/** What a letter is found by; everything that is given must hold. */
export interface LetterFilter {
  readonly agent?: string | undefined;
  /** Part of the reason, in any case. */
  readonly reason?: string | undefined;
  /** Received at this time or later, Unix milliseconds. */
  readonly sinceMs?: number | undefined;
  /** Names of letters. */
  readonly names?: readonly string[] | undefined;
}

/** A letter without its bytes. */
export interface LetterHead {
  /** The content hash as 16 hexadecimal digits: what people call the letter by. */
  readonly name: string;
  readonly agent: string;
  readonly epoch: bigint;
  readonly sequence: number;
  readonly contentHash: bigint;
  readonly receivedAtMs: number;
  readonly reason: string;
  /** Of the Batch message. */
  readonly bytes: number;
}

export interface Letters {
  /** The newest `limit` letters, newest first. */
  find(filter: LetterFilter, limit: number, signal: AbortSignal): Promise<LetterHead[]>;
  /** The Batch messages of `heads`, in the same order; undefined for one that has gone meanwhile. */
  read(heads: readonly LetterHead[], signal: AbortSignal): Promise<(Uint8Array | undefined)[]>;
  /** Removes these letters, but not one that came again since it was read. They hold their place on disk until `compact`. */
  remove(heads: readonly LetterHead[], signal: AbortSignal): Promise<void>;
  /** Gives back the room of removed letters. */
  compact(signal: AbortSignal): Promise<void>;
  /** How many letters there are, and the bytes that they take on disk. */
  totals(signal: AbortSignal): Promise<{ readonly letters: number; readonly bytes: number }>;
  /** Removes what was received at `untilMs` or before; resolves with how many letters that were. */
  removeUntil(untilMs: number, signal: AbortSignal): Promise<number>;
  /** The newest time, Unix milliseconds, at and before which letters must go so that the rest takes at most `bytes`; undefined when none must. */
  oldestKept(bytes: number, signal: AbortSignal): Promise<number | undefined>;
}

/** Letters that one statement names: parameters travel in the URL, of which a server takes some kilobytes. */
const KEYS_MAX = 128;

const NAME = /^[0-9a-f]{16}$/;
const RECEIVED_MS = 'toUnixTimestamp64Milli(received_at)';

/** The name of a letter that holds these bytes. */
export function letterName(contentHash: bigint): string {
  return contentHash.toString(16).padStart(16, '0');
}

export function isLetterName(text: string): boolean {
  return NAME.test(text);
}

const FIND = `
  SELECT agent, epoch, sequence, content_hash, ${RECEIVED_MS} AS received_ms, reason, length(message) AS bytes
  FROM dead_letters FINAL
  WHERE ({agent:String} = '' OR agent = {agent:String})
    AND positionCaseInsensitiveUTF8(reason, {reason:String}) > 0
    AND ${RECEIVED_MS} >= {since_ms:Int64}
    AND (empty({hashes:Array(UInt64)}) OR has({hashes:Array(UInt64)}, content_hash))
  ORDER BY received_at DESC, agent, epoch, sequence DESC, content_hash
  LIMIT {limit:UInt32}`;
const headRow = z.object({
  agent: z.string(),
  epoch: z.string(),
  sequence: z.string(),
  content_hash: z.string(),
  received_ms: z.string(),
  reason: z.string(),
  bytes: z.string(),
});

const READ = `
  SELECT agent, epoch, sequence, content_hash, base64Encode(message) AS message
  FROM dead_letters FINAL
  WHERE has({agents:Array(String)}, agent) AND has({hashes:Array(UInt64)}, content_hash)`;
const messageRow = z.object({
  agent: z.string(),
  epoch: z.string(),
  sequence: z.string(),
  content_hash: z.string(),
  message: z.string(),
});

/** The key and the version: a letter that was sent again is a newer version with the same bytes. */
const removeOf = (letters: string): string => `
  DELETE FROM ${letters}
  WHERE agent = {agent:String} AND epoch = {epoch:UInt64} AND received_at <= fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
    AND (sequence, content_hash) IN {letters:Array(Tuple(UInt64, UInt64))}`;
const COUNT = `SELECT count() AS letters FROM dead_letters`;
const UNTIL = `WHERE received_at <= fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')`;
const countRow = z.object({ letters: z.coerce.number() });

const diskOf = (cluster: Cluster | undefined): string => `
  SELECT sum(bytes_on_disk) AS bytes FROM ${systemTable('system.parts', cluster)}
  WHERE active AND database = currentDatabase() AND table IN ('dead_letters', 'dead_letters_local')`;
const diskRow = z.object({ bytes: z.coerce.number() });

/** Copies that are not merged yet take room too, so they count: without FINAL. */
const OLDEST_KEPT = `
  SELECT max(ms) AS until_ms
  FROM (SELECT ${RECEIVED_MS} AS ms, sum(length(message)) OVER (ORDER BY received_at DESC ROWS UNBOUNDED PRECEDING) AS newer FROM dead_letters)
  WHERE newer > {bytes:UInt64}
  HAVING count() > 0`;
const oldestRow = z.object({ until_ms: z.coerce.number() });

export function createLetters(client: ClickHouseClient, cluster?: Cluster): Letters {
  const stored = storedName('dead_letters', cluster);

  async function rows<Row extends z.ZodType>(
    query: string,
    query_params: Record<string, unknown>,
    row: Row,
    signal: AbortSignal,
  ): Promise<z.output<Row>[]> {
    try {
      const result = await client.query({ query, query_params, format: 'JSONEachRow', abort_signal: signal });
      return z.array(row).parse(await result.json());
    } catch (error) {
      throw asStoreError(error);
    }
  }

  async function count(query: string, params: Record<string, unknown>, signal: AbortSignal): Promise<number> {
    const [row] = await rows(query, params, countRow, signal);
    return row?.letters ?? 0;
  }

  async function alter(query: string, query_params: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    try {
      // 1: the answer comes when this server has rewritten its parts; a replica that is away catches up by itself.
      const clickhouse_settings = { mutations_sync: '1', lightweight_deletes_sync: '1' } as const;
      await client.command({ query, query_params, clickhouse_settings, abort_signal: signal });
    } catch (error) {
      throw asStoreError(error);
    }
  }

  /** Letters of one agent and epoch. */
  async function removeSome(heads: readonly LetterHead[], signal: AbortSignal): Promise<void> {
    const [first] = heads;
    if (first === undefined) return;
    const letters = `[${heads.map(({ sequence, contentHash }) => `(${sequence},${contentHash})`).join(',')}]`;
    const until_ms = Math.max(...heads.map(({ receivedAtMs }) => receivedAtMs));
    await alter(removeOf(stored), { agent: first.agent, epoch: first.epoch, until_ms, letters }, signal);
  }

  return {
    async find({ agent = '', reason = '', sinceMs = 0, names = [] }, limit, signal) {
      const hashes = names.map((name) => BigInt(`0x${name}`));
      const found = await rows(FIND, { agent, reason, since_ms: sinceMs, hashes, limit }, headRow, signal);
      return found.map((row) => ({
        name: letterName(BigInt(row.content_hash)),
        agent: row.agent,
        epoch: BigInt(row.epoch),
        sequence: Number(row.sequence),
        contentHash: BigInt(row.content_hash),
        receivedAtMs: Number(row.received_ms),
        reason: row.reason,
        bytes: Number(row.bytes),
      }));
    },

    async read(heads, signal) {
      const params = {
        agents: [...new Set(heads.map(({ agent }) => agent))],
        hashes: heads.map(({ contentHash }) => contentHash),
      };
      const found = await rows(READ, params, messageRow, signal);
      const messages = new Map(
        found.map(({ agent, epoch, sequence, content_hash, message }) => [
          `${epoch}/${sequence}/${content_hash}/${agent}`,
          message,
        ]),
      );
      return heads.map(({ agent, epoch, sequence, contentHash }) => {
        const message = messages.get(`${epoch}/${sequence}/${contentHash}/${agent}`);
        return message === undefined ? undefined : Buffer.from(message, 'base64');
      });
    },

    async remove(heads, signal) {
      const runs = Map.groupBy(heads, ({ agent, epoch }) => `${epoch}/${agent}`);
      for (const run of runs.values())
        for (let at = 0; at < run.length; at += KEYS_MAX) await removeSome(run.slice(at, at + KEYS_MAX), signal);
    },

    compact: (signal) => alter(`ALTER TABLE ${stored} APPLY DELETED MASK`, {}, signal),

    async totals(signal) {
      const letters = await count(`${COUNT} FINAL`, {}, signal);
      const [disk] = await rows(diskOf(cluster), {}, diskRow, signal);
      return { letters, bytes: disk?.bytes ?? 0 };
    },

    async removeUntil(untilMs, signal) {
      const params = { until_ms: untilMs };
      // Copies that no answer shows any more take room all the same. Removing nothing would still look at every part.
      const copies = await count(`${COUNT} ${UNTIL}`, params, signal);
      if (copies === 0) return 0;
      const letters = await count(`${COUNT} FINAL ${UNTIL}`, params, signal);
      await alter(`ALTER TABLE ${stored} DELETE ${UNTIL}`, params, signal);
      return letters;
    },

    async oldestKept(bytes, signal) {
      const [oldest] = await rows(OLDEST_KEPT, { bytes }, oldestRow, signal);
      return oldest?.until_ms;
    },
  };
}
