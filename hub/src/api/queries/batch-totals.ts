import { z } from 'zod';
import { defineQuery } from './query.ts';

/** How many batches are on record as stored, rejected and skipped, all time; each counts once, with its final fate. */
export const batchTotals = defineQuery({
  name: 'batch_totals',
  sql: `
SELECT sum(bitmapCardinality(done)) AS stored, sum(bitmapAndnotCardinality(refused, done)) AS rejected,
  sum(bitmapAndnotCardinality(given_up, bitmapOr(done, refused))) AS skipped
FROM (
  SELECT groupBitmapMergeState(stored) AS done, groupBitmapMergeState(rejected) AS refused, groupBitmapMergeState(skipped) AS given_up
  FROM batch_fates
  GROUP BY agent, epoch)`,
  params: z.object({}),
  row: z.object({ stored: z.number(), rejected: z.number(), skipped: z.number() }),
});
