import { z } from 'zod';
import { defineQuery } from './query.ts';

/** How many sequences ended as stored, rejected and skipped, all time. */
export const batchTotals = defineQuery({
  name: 'batch_totals',
  sql: `
SELECT countIf(state = 2) AS stored, countIf(state = 1) AS rejected, countIf(state = 0) AS skipped
FROM batches FINAL`,
  params: z.object({}),
  row: z.object({ stored: z.number(), rejected: z.number(), skipped: z.number() }),
});
