/** What a rule's SELECT says of one object: read by one statement, whatever the SELECT. */
import { z } from 'zod';
import { type AlertRule, COLUMNS } from './rule.ts';

/**
 * One object that has a problem in the window, or has an open incident. Times are those of the values, Unix ms; 0 where there is none.
 * A run is a row of values that fire without one between them that clears.
 */
export const findingRow = z
  .object({
    site: z.string(),
    router: z.string(),
    object: z.string(),
    open_ms: z.number().describe('Start of its open incident'),
    withdrawn: z.number().describe('1 the value that this incident began with is now one that clears'),
    run_start_ms: z.number().describe('Start of the newest run'),
    last_fire_ms: z.number().describe('Its last value'),
    clear_ms: z.number().describe('First value that clears after it; after the start of the window when there is no run'),
    last_clear_ms: z.number().describe('Last value that clears after it'),
    fired_value: z.number().describe('Value at last_fire_ms'),
    newest_value: z.number(),
    fields: z.record(z.string(), z.string()).describe('Further columns, as of the newest run, else of the newest value'),
  })
  .transform((row) => ({
    site: row.site,
    router: row.router,
    object: row.object,
    openMs: row.open_ms,
    isWithdrawn: row.withdrawn === 1,
    runStartMs: row.run_start_ms,
    lastFireMs: row.last_fire_ms,
    clearMs: row.clear_ms,
    lastClearMs: row.last_clear_ms,
    firedValue: row.fired_value,
    newestValue: row.newest_value,
    fields: row.fields,
  }));

export type Finding = z.output<typeof findingRow>;

/** Most objects of one rule; those with incidents first. */
export const FINDINGS_MAX = 20_000;

/** Longest text of a further column. */
const FIELD_CHARACTERS = 200;

const FROM = "fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')";
const TO = "fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')";

/**
 * `{window}`: ts within the window, whose key starts with the hour, and of the sites that this part is about. One line, so that a comment
 * holds all of it.
 */
const WINDOW = `(ts >= ${FROM} AND ts < ${TO} AND toStartOfHour(ts) >= toStartOfHour(${FROM}) AND toStartOfHour(ts) <= toStartOfHour(${TO}) AND {part})`;

/** `{part}`: of the sites that this part is about. */
const PART = 'cityHash64(toString(site)) % {parts:UInt32} = {part:UInt32}';

/** The SELECT of a rule as the engine reads it. Parameters: from_ms, to_ms, from, to, part, parts. */
export function selectOf({ sql }: Pick<AlertRule, 'sql'>): string {
  return sql.trim().replace(/;$/, '').replaceAll('{window}', WINDOW).replaceAll('{part}', PART);
}

/** Tells the columns of a rule's SELECT. */
export function describeSql(rule: Pick<AlertRule, 'sql'>): string {
  return `DESCRIBE TABLE (\n${selectOf(rule)}\n)`;
}

/** Further columns of a SELECT, for the summary and the detail of an incident. */
export function furtherColumns(columns: readonly string[]): string[] {
  const own: readonly string[] = COLUMNS;
  return columns.filter((column) => !own.includes(column));
}

/** Findings of a rule, given the further columns of its SELECT. Parameters as of selectOf, and rule, fire, clear. */
export function findingsSql(rule: Pick<AlertRule, 'sql' | 'threshold'>, further: readonly string[]): string {
  const [fires, clears] = rule.threshold.side === 'above' ? ['>', '<'] : ['<', '>'];
  // With one threshold, what does not fire clears; with two, what lies between decides nothing.
  const well = rule.threshold.clear === rule.threshold.fire ? '1' : `value ${clears} {clear:Float64}`;
  const text = (column: string): string => `substring(ifNull(toString(${quoted(column)}), ''), 1, ${FIELD_CHARACTERS})`;
  const fields =
    further.length === 0
      ? "CAST(map(), 'Map(String, String)')"
      : `map(${further.map((column) => `${literal(column)}, ${text(column)}`).join(', ')})`;
  return `
WITH
  samples AS (
    SELECT toString(site) AS of_site, toString(router) AS of_router, toString(object) AS of_object,
      toUnixTimestamp64Milli(toDateTime64(ts, 3, 'UTC')) AS ms, assumeNotNull(toFloat64(value)) AS value, ${fields} AS said,
      multiIf(value ${fires} {fire:Float64}, 1, ${well}, -1, 0) AS verdict
    FROM (
${selectOf(rule)}
    ) AS chosen
    WHERE isFinite(ifNull(toFloat64(value), nan))),
  series AS (
    SELECT of_site, of_router, of_object, countIf(verdict > 0) AS fired,
      groupArrayIf((ms, verdict), verdict != 0) AS verdicts,
      argMaxIf((value, said), ms, verdict > 0) AS at_fire, argMax((value, said), ms) AS at_end
    FROM samples
    GROUP BY of_site, of_router, of_object),
  known AS (
    SELECT site, router, object, toUnixTimestamp64Milli(min(started_at)) AS open_ms
    FROM incidents FINAL
    WHERE rule = {rule:String} AND closed_at IS NULL
    GROUP BY site, router, object)
SELECT of_site AS site, of_router AS router, of_object AS object, known.open_ms AS open_ms,
  arrayMap(v -> v.1, arrayFilter(v -> v.2 > 0, verdicts)) AS fires,
  arrayMap(v -> v.1, arrayFilter(v -> v.2 < 0, verdicts)) AS clears,
  open_ms > 0 AND has(clears, open_ms) AND NOT has(fires, open_ms) AS withdrawn,
  if(empty(fires), 0, arrayMax(fires)) AS last_fire_ms,
  arrayMax(arrayPushFront(arrayFilter(ms -> ms < last_fire_ms, clears), 0)) AS before_ms,
  if(empty(fires), 0, arrayMin(arrayFilter(ms -> ms > before_ms, fires))) AS run_start_ms,
  arrayFilter(ms -> ms > last_fire_ms, clears) AS after,
  if(empty(after), 0, arrayMin(after)) AS clear_ms, if(empty(after), 0, arrayMax(after)) AS last_clear_ms,
  at_fire.1 AS fired_value, at_end.1 AS newest_value, if(fired > 0, at_fire.2, at_end.2) AS fields
FROM series LEFT JOIN known ON of_site = known.site AND of_router = known.router AND of_object = known.object
WHERE fired > 0 OR known.open_ms > 0
ORDER BY known.open_ms = 0, run_start_ms, site, router, object
LIMIT ${FINDINGS_MAX + 1}`;
}

function quoted(column: string): string {
  return `\`${column.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
