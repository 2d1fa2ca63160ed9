/** The queries behind a day's reconciliation; every table of the writer takes part by itself. */
import { ROW_FAMILIES } from '@poplar/proto/families';
import { z } from 'zod';
import { ROW_TABLES } from '../../writer/tables.ts';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

const params = z.object({ from_ms: z.number(), to_ms: z.number() });
const DAY = timeBounds('{from_ms:Int64}', '{to_ms:Int64}');
/** Polls of one run end at most this long after they began; numbers are given at the end. */
const MARGIN_MS = 3_600_000;

/** Columns of `polls` that count the rows of the tables, in the same order. */
const DECLARED = ROW_TABLES.map(({ family }) => countColumnOf(family.name));

function countColumnOf(family: string): string {
  const counted = ROW_FAMILIES.find(({ name }) => name === family);
  if (counted === undefined) throw new Error(`BUG: polls do not count the rows of ${family}`);
  return counted.countColumn;
}

/** Rows per agent and table: declared by the polls of the range, and stored. */
export const rowBalance = defineQuery({
  name: 'row_balance',
  sql: `
SELECT agent, table, sum(declared) AS declared, sum(stored) AS stored
FROM (
  SELECT agent, entry.1 AS table, entry.2 AS declared, toUInt64(0) AS stored
  FROM (
    SELECT agent, [${ROW_TABLES.map(({ table }, index) => `('${table}', sum(${DECLARED[index]}))`).join(', ')}] AS entries
    FROM polls FINAL
    WHERE ${DAY}
    GROUP BY agent)
  ARRAY JOIN entries AS entry
${ROW_TABLES.map(
  ({ table }) => `  UNION ALL
  SELECT agent, '${table}' AS table, toUInt64(0) AS declared, count() AS stored FROM ${table} FINAL WHERE ${DAY} GROUP BY agent`,
).join('\n')})
GROUP BY agent, table
ORDER BY agent, table`,
  params,
  row: z.object({ agent: z.string(), table: z.string(), declared: z.number(), stored: z.number() }),
});

/**
 * Polls per agent: stored, and missing by their numbers, counted where the hole begins; a hole is explained when batches between its
 * ends are on record as rejected or skipped. Numbers are given when a poll ends and belong to its start, so an hour around the range is
 * read too. What a run lost after its last stored poll leaves no hole.
 */
export const pollBalance = defineQuery({
  name: 'poll_balance',
  sql: `
WITH
  runs AS (
    SELECT agent, epoch, arraySort(poll -> poll.1, arrayZip(groupArray(poll_number), groupArray(toUnixTimestamp64Milli(ts)), groupArray(sequence))) AS numbered,
      toInt64(intDiv(min(rank), 4294967296)) * 1000 AS started_ms
    FROM polls FINAL
    WHERE ${timeBounds(`{from_ms:Int64} - ${MARGIN_MS}`, `{to_ms:Int64} + ${MARGIN_MS}`)}
    GROUP BY agent, epoch),
  holes AS (
    SELECT agent, epoch, prior.3 AS after, next.3 AS before, toInt64(next.1 - prior.1) - 1 AS missing
    FROM runs
    ARRAY JOIN arrayPopBack(numbered) AS prior, arrayPopFront(numbered) AS next
    WHERE missing > 0 AND prior.2 >= {from_ms:Int64} AND prior.2 < {to_ms:Int64}
    UNION ALL
    SELECT agent, epoch, toUInt64(0) AS after, numbered[1].3 AS before, toInt64(numbered[1].1) - 1 AS missing
    FROM runs
    WHERE missing > 0 AND started_ms >= {from_ms:Int64} AND started_ms < {to_ms:Int64}),
  given_up AS (
    SELECT agent, epoch, groupArray(sequence) AS sequences
    FROM (SELECT agent, epoch, sequence FROM batches WHERE (agent, epoch) IN (SELECT agent, epoch FROM holes)
      GROUP BY agent, epoch, sequence HAVING max(state) < 2)
    GROUP BY agent, epoch)
SELECT agent, sum(stored) AS stored, sum(missing) AS missing, sum(explained) AS explained
FROM (
  SELECT agent, count() AS stored, toInt64(0) AS missing, toInt64(0) AS explained FROM polls FINAL WHERE ${DAY} GROUP BY agent
  UNION ALL
  SELECT holes.agent AS agent, toUInt64(0) AS stored, holes.missing AS missing,
    if(arrayExists(sequence -> sequence >= holes.after AND sequence <= holes.before, given_up.sequences), holes.missing, toInt64(0)) AS explained
  FROM holes LEFT JOIN given_up ON given_up.agent = holes.agent AND given_up.epoch = holes.epoch)
GROUP BY agent
ORDER BY agent`,
  params,
  row: z.object({ agent: z.string(), stored: z.number(), missing: z.number(), explained: z.number() }),
});

/** Batches per agent by their final fate, of those sealed in the range. */
export const batchBalance = defineQuery({
  name: 'batch_balance',
  sql: `
SELECT agent, countIf(state = 2) AS stored, countIf(state = 1) AS rejected, countIf(state = 0) AS skipped,
  sumIf(polls + ${DECLARED.join(' + ')}, state = 2) AS rows
FROM batches FINAL
WHERE received_at >= fromUnixTimestamp64Milli({from_ms:Int64} - ${MARGIN_MS}, 'UTC')
  AND sealed_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND sealed_at < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
GROUP BY agent
ORDER BY agent`,
  params,
  row: z.object({
    agent: z.string(),
    stored: z.number(),
    rejected: z.number(),
    skipped: z.number(),
    rows: z.number(),
  }),
});
