/** Rollups in ClickHouse: what is to be made, and its making. Every method throws StoreError, or the signal's reason. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { BUCKET_MS, LOOKBACK_MS } from '../api/queries/interface-traffic.ts';
import { createStatements } from '../clickhouse/statements.ts';
import { noRest } from '../pace.ts';
import { readRawFloor } from '../retention/raw-floor.ts';
import { createLeases } from '../store/leases.ts';
import { insertMarks } from './insert-marks.ts';
import { bucketStart, type RollupMark, type SiteRange } from './marks.ts';
import { joinSites, portions, type SitesRange } from './sites.ts';
import { BUILD_1D, BUILD_1H, BUILD_5M, COUNT_ROWS, DAY_MS, HOUR_MS, sweep } from './tiers.ts';

/** Rows that one statement takes at once: some 250 bytes of the engine's memory each. */
const ROWS_MAX = 1_500_000;

export type RollupStore = ReturnType<typeof createRollupStore>;

export function createRollupStore(client: ClickHouseClient, database: string) {
  const statements = createStatements(client, database);
  const { rows, run, version } = statements;

  /** Makes the five-minute buckets of a range anew: as few statements as the engine's memory allows, since each takes long to plan. Calls `rest` after each. */
  async function build(
    { sites, fromMs, toMs }: SitesRange,
    repair: boolean,
    signal: AbortSignal,
    rest: () => Promise<void> = noRest,
  ): Promise<void> {
    const range = { from_ms: fromMs, to_ms: toMs, version: String(await version(signal)) };
    const read = { sites, from_ms: fromMs - LOOKBACK_MS, to_ms: toMs };
    const counted = await rows(COUNT_ROWS, read, z.object({ site: z.string(), rows: z.coerce.number() }), signal);
    const bySite = new Map(counted.map((row) => [row.site, row.rows]));
    const rowsOf = (site: string): number => bySite.get(site) ?? 0;
    for (const part of portions(
      sites.filter((site) => rowsOf(site) > 0),
      rowsOf,
      ROWS_MAX,
    )) {
      const parts = Math.max(1, Math.ceil(part.reduce((sum, site) => sum + rowsOf(site), 0) / ROWS_MAX));
      for (let of = 0; of < parts; of++) {
        await run(BUILD_5M, { ...range, sites: part, part: of, parts }, signal);
        await rest();
      }
    }
    if (repair) await run(sweep('interface_rollup_5m'), { ...range, sites }, signal);
  }

  /** Makes the hours or days of a range anew. The finer buckets have been made before. */
  async function join(
    tier: 'hour' | 'day',
    { sites, fromMs, toMs }: SitesRange,
    repair: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const range = { sites, from_ms: fromMs, to_ms: toMs, version: String(await version(signal)) };
    await run(tier === 'hour' ? BUILD_1H : BUILD_1D, range, signal);
    if (repair) await run(sweep(tier === 'hour' ? 'interface_rollup_1h' : 'interface_rollup_1d'), range, signal);
  }

  return {
    version,
    build,
    hold: createLeases(statements).hold,

    /** Makes the hours and days anew that the ranges touch. Calls `rest` after each statement. */
    async joinRanges(
      ranges: readonly SiteRange[],
      repair: boolean,
      signal: AbortSignal,
      rest: () => Promise<void> = noRest,
    ): Promise<void> {
      for (const range of joinSites(touched(ranges, HOUR_MS, DAY_MS))) {
        await join('hour', range, repair, signal);
        await rest();
      }
      for (const range of joinSites(touched(ranges, DAY_MS, 32 * DAY_MS))) {
        await join('day', range, repair, signal);
        await rest();
      }
    },

    /** Marks of buckets before untilMs, the newest first. */
    async marks(untilMs: number, limit: number, signal: AbortSignal): Promise<RollupMark[]> {
      const found = await rows(
        `SELECT site, toUnixTimestamp(bucket) AS seconds FROM rollup_marks FINAL
         WHERE bucket < toDateTime({until:UInt32}, 'UTC') ORDER BY bucket DESC, site LIMIT {limit:UInt32}`,
        { until: Math.floor(untilMs / 1000), limit },
        z.object({ site: z.string(), seconds: z.number() }),
        signal,
      );
      return found.map(({ site, seconds }) => ({ site, bucketMs: seconds * 1000 }));
    },

    /** Takes away those marks that were set before a version was taken. */
    clear: (marks: readonly RollupMark[], at: bigint, signal: AbortSignal) => insertMarks(client, marks, signal, at),

    /** Raw rows before this have expired, Unix ms. */
    rawFloorMs: (signal: AbortSignal) => readRawFloor(statements, signal),

    /** From the first to the last poll of every site, as whole buckets. */
    async stored(signal: AbortSignal): Promise<SiteRange[]> {
      const found = await rows(
        `SELECT site, toUnixTimestamp64Milli(min(ts)) AS first_ms, toUnixTimestamp64Milli(max(ts)) AS last_ms
         FROM polls GROUP BY site ORDER BY site`,
        {},
        z.object({ site: z.string(), first_ms: z.coerce.number(), last_ms: z.coerce.number() }),
        signal,
      );
      return found.map(({ site, first_ms, last_ms }) => ({
        site,
        fromMs: bucketStart(first_ms),
        toMs: bucketStart(last_ms) + BUCKET_MS,
      }));
    },

    /** True when nothing was ever rolled up. */
    async isEmpty(signal: AbortSignal): Promise<boolean> {
      const found = await rows('SELECT 1 AS one FROM interface_rollup_5m LIMIT 1', {}, z.object({ one: z.number() }), signal);
      return found.length === 0;
    },

    /** Marks everything that is stored. */
    async markStored(signal: AbortSignal): Promise<void> {
      await run(
        `INSERT INTO {database:Identifier}.rollup_marks (site, bucket)
         SELECT DISTINCT site, toDateTime(intDiv(toUnixTimestamp64Milli(ts) - 1, ${BUCKET_MS}) * ${BUCKET_MS / 1000}, 'UTC') FROM {database:Identifier}.polls`,
        {},
        signal,
      );
    },
  };
}

/** The whole hours or days that ranges touch, each once, joined as far as they follow each other within a span. */
function touched(ranges: readonly SiteRange[], lengthMs: number, spanMs: number): SiteRange[] {
  const bySite = Map.groupBy(ranges, ({ site }) => site);
  return [...bySite].flatMap(([site, ofSite]) => {
    const starts = new Set<number>();
    for (const { fromMs, toMs } of ofSite)
      for (let ms = Math.floor(fromMs / lengthMs) * lengthMs; ms < toMs; ms += lengthMs) starts.add(ms);
    const joined: { site: string; fromMs: number; toMs: number }[] = [];
    for (const ms of [...starts].sort((a, b) => a - b)) {
      const open = joined.at(-1);
      if (open?.toMs === ms && Math.floor(ms / spanMs) === Math.floor(open.fromMs / spanMs)) open.toMs = ms + lengthMs;
      else joined.push({ site, fromMs: ms, toMs: ms + lengthMs });
    }
    return joined;
  });
}
