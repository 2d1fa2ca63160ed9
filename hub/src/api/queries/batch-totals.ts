import { z } from 'zod';
import { defineQuery } from './query.ts';

/** How many batches were put on record as stored, rejected and skipped, all time. */
export const batchTotals = defineQuery({
  name: 'batch_totals',
  sql: `
SELECT sumIf(batches, state = 2) AS stored, sumIf(batches, state = 1) AS rejected, sumIf(batches, state = 0) AS skipped
FROM batch_counts`,
  params: z.object({}),
  row: z.object({ stored: z.number(), rejected: z.number(), skipped: z.number() }),
});
