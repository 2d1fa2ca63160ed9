/** Derivations of values that routers tell again and again and that seldom change: what was told last is compared with what is told now. */
import { timeBounds } from '../../api/queries/bounds.ts';
import type { Derivation } from '../derivation.ts';

export interface ChangedValue {
  /** Kind of the event. */
  readonly kind: string;
  /** SQL of a String over rows of the table; empty where the router did not say. */
  readonly value: string;
  /** SQL aggregate over rows of the table that tell the value: whether it may have changed among them. It may be true too often. */
  readonly suspected?: string;
  /** SQL condition for a change, over `value`, `last_value`, `ms`, `last_ms`. */
  readonly changed?: string;
  /** SQL of the columns old, new and lasted_ms, where they are not the values, and nothing. */
  readonly said?: { readonly old: string; readonly new: string; readonly lastedMs: string; readonly detail: string };
}

export interface ChangedValues {
  readonly name: string;
  readonly table: string;
  readonly rows: string;
  readonly values: readonly ChangedValue[];
  /** How far apart two tellings may lie, ms. */
  readonly memoryMs: number;
  /** How far back rows are read of every router; further back it is of those that have been away. */
  readonly recentMs: number;
  readonly spanMs: number;
  /** SQL of the cause, over `kind` and `kinds`: what else changed at that moment. */
  readonly cause?: string;
}

/** One event per value that differs from the one that the router told before, whichever agents asked. */
export function changedValues(config: ChangedValues): Derivation {
  const { name, table, rows, values, memoryMs, recentMs, spanMs, cause = "''" } = config;
  const within = (from: string, to: string): string => `site IN {sites:Array(String)} AND ${timeBounds(from, to)}`;
  const kinds = `[${values.map(({ kind }) => `'${kind}'`).join(', ')}]`;
  const texts = `[${values.map(({ value }) => value).join(', ')}]`;
  const isFirst = (value: string): string => `minIf(ts, ${value} != '') >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')`;
  const away = values.map(({ value }) => `(countIf(${value} != '') > 0 AND ${isFirst(value)})`).join(' OR ');
  const suspects = values.map(({ value, suspected = `uniqExactIf(${value}, ${value} != '') > 1` }) => suspected);
  const routers = (having: string): string => `
    SELECT site, router FROM ${table}
    WHERE ${within(`{from:Int64} - ${recentMs}`, '{to:Int64}')}
    GROUP BY site, router
    HAVING ${having}`;
  const perKind = (otherwise: string, of: (value: ChangedValue) => string | undefined): string => {
    const branches = values.flatMap((value) => {
      const sql = of(value);
      return sql === undefined ? [] : [`kind = '${value.kind}', ${sql}`];
    });
    return branches.length === 0 ? otherwise : `multiIf(${branches.join(', ')}, ${otherwise})`;
  };
  return {
    name,
    lookbackMs: memoryMs,
    forwardMs: memoryMs,
    spanMs,
    rows,
    select: `
WITH told AS (
  SELECT site, router, kind, toUnixTimestamp64Milli(ts) AS ms, argMin(text, agent) AS value
  FROM ${table} FINAL
  ARRAY JOIN ${kinds} AS kind, ${texts} AS text
  WHERE ${within(`{from:Int64} - ${recentMs}`, '{to:Int64}')} AND text != ''
    AND (site, router) IN (${routers([...suspects, away].join(' OR '))})
  GROUP BY site, router, kind, ms
  UNION ALL
  SELECT site, router, kind, max(toUnixTimestamp64Milli(ts)) AS ms, argMax(text, (ts, agent)) AS value
  FROM ${table} FINAL
  ARRAY JOIN ${kinds} AS kind, ${texts} AS text
  WHERE ${within(`{from:Int64} - ${memoryMs}`, `{from:Int64} - ${recentMs}`)} AND text != ''
    AND (site, router) IN (${routers(away)})
  GROUP BY site, router, kind),
steps AS (
  SELECT site, router, kind, ms, value, lagInFrame(ms) OVER before AS last_ms, lagInFrame(value) OVER before AS last_value
  FROM told
  WINDOW before AS (PARTITION BY site, router, kind ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)),
changes AS (
  SELECT site, router, kind, ms, value, last_ms, last_value, groupArray(kind) OVER (PARTITION BY site, router, ms) AS kinds
  FROM steps
  WHERE ms >= {from:Int64} AND last_ms > 0 AND last_ms >= ms - ${memoryMs} AND ${perKind('value != last_value', ({ changed }) => changed)})
SELECT fromUnixTimestamp64Milli(ms, 'UTC') AS ts, site, kind, router, '' AS object,
  ${perKind('last_value', ({ said }) => said?.old)} AS old, ${perKind('value', ({ said }) => said?.new)} AS new, ${cause} AS cause,
  ${perKind("'{}'", ({ said }) => said?.detail)} AS detail,
  ${perKind("CAST(NULL, 'Nullable(UInt64)')", ({ said }) => said?.lastedMs)} AS lasted_ms
FROM changes`,
  };
}
