/** Events in ClickHouse: what is to be made, and its making. Every method throws StoreError, or the signal's reason. */
import { type ClickHouseClient, TupleParam } from '@clickhouse/client';
import { z } from 'zod';
import { timeBounds } from '../api/queries/bounds.ts';
import { BUCKET_MS } from '../api/queries/interface-traffic.ts';
import { createStatements } from '../clickhouse/statements.ts';
import { asStoreError } from '../clickhouse/store-error.ts';
import { noRest } from '../pace.ts';
import { readRawFloor } from '../retention/raw-floor.ts';
import { bucketStart, type RollupMark } from '../rollup/marks.ts';
import { chunksOf, portions, type SitesRange } from '../rollup/sites.ts';
import { createLeases } from '../store/leases.ts';
import type { Derivation } from './derivation.ts';
import type { Task } from './plan.ts';
import { SIGHTINGS } from './sightings.ts';

/**
 * Rows that one statement looks at: some 100 bytes of the engine's memory each where all of them matter, and some seconds of a core, after which
 * the turn rests.
 */
const ROWS_MAX = 1_000_000;

/** What lies further back is read of few routers only. */
const COUNTED_MS = 3600_000;

/** Names of routers that one statement looks at, bytes in its address: ClickHouse takes a MiB. A site's are never divided. */
const NAMES_BYTES_MAX = 32 * 1024;

const COLUMNS = 'ts, site, kind, router, object, old, new, cause, detail, lasted_ms';
const VALUES = 'old, new, cause, detail, lasted_ms';

/** Where nothing can have happened: what is stored all the same is taken away. */
const NO_EVENTS = `
SELECT now64(3, 'UTC') AS ts, '' AS site, '' AS kind, '' AS router, '' AS object, '' AS old, '' AS new, '' AS cause, '' AS detail,
  CAST(NULL, 'Nullable(UInt64)') AS lasted_ms
WHERE 0`;

/**
 * Makes the events of a range anew: those that are there already stay as they are, those that nothing shows any more are taken away.
 * Parameters: database, sites, from, to, derivation, version.
 */
function makeEvents(select: string): string {
  return `
INSERT INTO {database:Identifier}.events (${COLUMNS}, derivation, version, is_deleted)
SELECT ts, site, kind, router, object, chosen.1, chosen.2, chosen.3, chosen.4, chosen.5, {derivation:String}, {version:UInt64}, length(made) = 0
FROM (
  SELECT ts, site, kind, router, object, groupArrayIf((${VALUES}), is_made = 1) AS made, groupArrayIf((${VALUES}), is_made = 0) AS kept,
    if(length(made) > 0, made[1], kept[1]) AS chosen
  FROM (
    SELECT ${COLUMNS}, 1 AS is_made FROM (${select})
    UNION ALL
    SELECT ${COLUMNS}, 0 AS is_made FROM {database:Identifier}.events FINAL
    WHERE derivation = {derivation:String} AND site IN {sites:Array(String)}
      AND ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND ts < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
      AND toDate(ts) >= toDate(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND toDate(ts) <= toDate(fromUnixTimestamp64Milli({to:Int64}, 'UTC')))
  GROUP BY ts, site, kind, router, object)
WHERE made != kept`;
}

export type EventStore = ReturnType<typeof createEventStore>;

export function createEventStore(client: ClickHouseClient, database: string) {
  const statements = createStatements(client, database);
  const { rows, run, version } = statements;

  /** Takes a version, and counts what is to be read: by site, of each reader the rows of the range, and those before it too. */
  async function look(
    { sites, fromMs, toMs }: SitesRange,
    readers: readonly Pick<Derivation, 'rows' | 'lookbackMs'>[],
    signal: AbortSignal,
  ) {
    const counts = readers.map(
      ({ rows, lookbackMs }) =>
        `(sumIf(${rows}, ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')), sumIf(${rows}, ts >= fromUnixTimestamp64Milli({from:Int64} - ${Math.min(lookbackMs, COUNTED_MS)}, 'UTC')))`,
    );
    const started = await version(signal);
    const found = await rows(
      `SELECT site, [${counts.join(', ')}] AS rows FROM polls
       WHERE site IN {sites:Array(String)} AND ${timeBounds(`{from:Int64} - ${COUNTED_MS}`, '{to:Int64}')}
       GROUP BY site`,
      { sites, from: fromMs, to: toMs },
      z.object({ site: z.string(), rows: z.array(z.tuple([z.coerce.number(), z.coerce.number()])) }),
      signal,
    );
    return { started, bySite: new Map(found.map((row) => [row.site, row.rows])) };
  }

  /** What makes a derivation's events of some sites, with its parameters. Where it names candidates, statements look at those alone. */
  async function selectsOf(
    { select, candidates }: Derivation,
    { sites, fromMs, toMs }: SitesRange,
    signal: AbortSignal,
  ): Promise<{ readonly select: string; readonly sites: readonly string[]; readonly routers?: readonly TupleParam[] }[]> {
    if (candidates === undefined) return [{ select, sites }];
    const found = await rows(
      candidates,
      { sites, from: fromMs, to: toMs },
      z.object({ site: z.string(), router: z.string() }),
      signal,
    );
    const bySite = Map.groupBy(found, ({ site }) => site);
    const bytesOf = (site: string): number =>
      (bySite.get(site) ?? []).reduce(
        (bytes, pair) => bytes + encodeURIComponent(`('${pair.site}','${pair.router}'),`).length,
        0,
      );
    const quiet = sites.filter((site) => !bySite.has(site));
    return [
      ...(quiet.length > 0 ? [{ select: NO_EVENTS, sites: quiet }] : []),
      ...portions([...bySite.keys()], bytesOf, NAMES_BYTES_MAX).map((part) => ({
        select,
        sites: part,
        routers: part.flatMap((site) => bySite.get(site) ?? []).map(({ site, router }) => new TupleParam([site, router])),
      })),
    ];
  }

  return {
    version,
    hold: createLeases(statements).hold,

    /** Raw rows before this have expired, Unix ms. */
    rawFloorMs: (signal: AbortSignal) => readRawFloor(statements, signal),

    /** Puts down who and what was seen in a range; where polls tell of no rows, only when all is to be mended. Calls `rest` after every part of it. */
    async see(range: SitesRange, repair: boolean, signal: AbortSignal, rest: () => Promise<void> = noRest): Promise<void> {
      const { bySite } = await look(range, SIGHTINGS, signal);
      for (const [index, { table, select }] of SIGHTINGS.entries()) {
        const rowsOf = (site: string): number => bySite.get(site)?.[index]?.[0] ?? 0;
        const sites = range.sites.filter((site) => repair || rowsOf(site) > 0);
        for (const part of portions(sites, rowsOf, ROWS_MAX)) {
          await run(
            `INSERT INTO {database:Identifier}.${table}\n${select}`,
            { sites: part, from: range.fromMs, to: range.toMs },
            signal,
          );
          await rest();
        }
      }
    },

    /** Makes the events of a range anew; where no rows are, only when all is to be mended. Calls `rest` after every part of it. */
    async make(task: Task, repair: boolean, signal: AbortSignal, rest: () => Promise<void> = noRest): Promise<void> {
      const { started, bySite } = await look(task.range, task.derivations, signal);
      for (const [index, derivation] of task.derivations.entries()) {
        const { fromMs, toMs } = task.range;
        const sites = task.range.sites.filter((site) => repair || (bySite.get(site)?.[index]?.[0] ?? 0) > 0);
        for (const part of portions(sites, (site) => bySite.get(site)?.[index]?.[1] ?? 0, ROWS_MAX)) {
          const params = { from: fromMs, to: toMs, derivation: derivation.name, version: String(started) };
          for (const { select, ...among } of await selectsOf(derivation, { sites: part, fromMs, toMs }, signal)) {
            await run(makeEvents(select), { ...params, ...among }, signal);
            await rest();
          }
        }
      }
    },

    /** What marks mean for other sites: the same buckets of those whose events look at the rows. */
    async spread({ spread, forwardMs }: Derivation, marks: readonly RollupMark[], signal: AbortSignal): Promise<RollupMark[]> {
      if (spread === undefined || marks.length === 0) return [];
      const bySite = Map.groupBy(marks, ({ site }) => site);
      const buckets = marks.map(({ bucketMs }) => bucketMs);
      const span = { from: Math.min(...buckets), to: Math.max(...buckets) + BUCKET_MS + forwardMs };
      const meant: RollupMark[] = [];
      for (const sites of chunksOf([...bySite.keys()])) {
        const found = await rows(spread, { sites, ...span }, z.object({ origin: z.string(), site: z.string() }), signal);
        for (const { origin, site } of found) for (const { bucketMs } of bySite.get(origin) ?? []) meant.push({ site, bucketMs });
      }
      return meant;
    },

    /** Marks of buckets that start before untilMs, the newest first. */
    async marks(untilMs: number, limit: number, signal: AbortSignal): Promise<RollupMark[]> {
      const found = await rows(
        `SELECT site, toUnixTimestamp(bucket) AS seconds FROM event_marks FINAL
         WHERE bucket < toDateTime({until:UInt32}, 'UTC') ORDER BY bucket DESC, site LIMIT {limit:UInt32}`,
        { until: Math.floor(untilMs / 1000), limit },
        z.object({ site: z.string(), seconds: z.number() }),
        signal,
      );
      return found.map(({ site, seconds }) => ({ site, bucketMs: seconds * 1000 }));
    },

    /** Time of the newest poll, Unix ms; undefined when there is none. */
    async newest(signal: AbortSignal): Promise<number | undefined> {
      const [found] = await rows(
        'SELECT toUnixTimestamp64Milli(max(ts)) AS ms, count() AS polls FROM polls',
        {},
        z.object({ ms: z.coerce.number(), polls: z.coerce.number() }),
        signal,
      );
      return found === undefined || found.polls === 0 ? undefined : found.ms;
    },

    /** Takes away those of the marks that were set before a version was taken. */
    async clear(marks: readonly RollupMark[], at: bigint, signal: AbortSignal): Promise<void> {
      try {
        await client.insert({
          table: 'event_marks',
          values: marks.map(({ site, bucketMs }) => ({ site, bucket: bucketMs / 1000, marked_at: String(at), is_deleted: 1 })),
          columns: ['site', 'bucket', 'marked_at', 'is_deleted'],
          format: 'JSONEachRow',
          abort_signal: signal,
        });
      } catch (error) {
        signal.throwIfAborted();
        throw asStoreError(error);
      }
    },

    /**
     * Marks once more whatever of the ranges another hub has done since a version was taken: rows that came meanwhile are in its events,
     * and may be missing in those that landed after them.
     */
    async markOvertaken(ranges: readonly SitesRange[], since: bigint, signal: AbortSignal): Promise<void> {
      if (ranges.length === 0) return;
      const [first = 0] = ranges.map(({ fromMs }) => bucketStart(fromMs) / 1000).sort((a, b) => a - b);
      const [last = 0] = ranges.map(({ toMs }) => bucketStart(toMs) / 1000).sort((a, b) => b - a);
      await run(
        `INSERT INTO {database:Identifier}.event_marks (site, bucket)
         SELECT DISTINCT site, bucket FROM {database:Identifier}.event_marks
         WHERE is_deleted = 1 AND marked_at > {since:UInt64}
           AND bucket >= toDateTime({first:UInt32}, 'UTC') AND bucket <= toDateTime({last:UInt32}, 'UTC')`,
        { since: String(since), first, last },
        signal,
      );
    },

    /** From the first to behind the last poll of every site, Unix ms. */
    async stored(signal: AbortSignal): Promise<{ readonly site: string; readonly fromMs: number; readonly toMs: number }[]> {
      const found = await rows(
        `SELECT site, toUnixTimestamp64Milli(min(ts)) AS first_ms, toUnixTimestamp64Milli(max(ts)) AS last_ms
         FROM polls GROUP BY site ORDER BY site`,
        {},
        z.object({ site: z.string(), first_ms: z.coerce.number(), last_ms: z.coerce.number() }),
        signal,
      );
      return found.map(({ site, first_ms, last_ms }) => ({ site, fromMs: first_ms, toMs: last_ms + 1 }));
    },

    /** True when no event was ever made. */
    async isEmpty(signal: AbortSignal): Promise<boolean> {
      const found = await rows('SELECT 1 AS one FROM events LIMIT 1', {}, z.object({ one: z.number() }), signal);
      return found.length === 0;
    },

    /** Marks everything that is stored. */
    async markStored(signal: AbortSignal): Promise<void> {
      await run(
        `INSERT INTO {database:Identifier}.event_marks (site, bucket)
         SELECT DISTINCT site, toDateTime(intDiv(toUnixTimestamp64Milli(ts) - 1, ${BUCKET_MS}) * ${BUCKET_MS / 1000}, 'UTC') FROM {database:Identifier}.polls`,
        {},
        signal,
      );
    },
  };
}
