import { z } from 'zod';
import { defineQuery } from './query.ts';

/** Newest answered poll of every router ever seen. */
export const newestAnswers = defineQuery({
  name: 'newest_answers',
  sql: `
SELECT site, router, toUnixTimestamp64Milli(ts) AS ms
FROM polls_answered_latest FINAL`,
  params: z.object({}),
  row: z.object({ site: z.string(), router: z.string(), ms: z.number() }),
});
