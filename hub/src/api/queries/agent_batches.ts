import { z } from 'zod';
import { defineQuery } from './query.ts';

/**
 * Newest sealed batch of every agent and its batches since since_ms. A sealing time beyond to_ms on the hub's clock is left out, so
 * that an agent whose clock ran ahead once does not look current for ever.
 */
export const agentBatches = defineQuery({
  name: 'agent_batches',
  sql: `
WITH fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC') AS since, fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC') AS until
SELECT agent,
  toUnixTimestamp64Milli(maxIf(sealed_at, stored AND sealed_at + toIntervalMillisecond(ifNull(clock_offset_ms, 0)) < until)) AS last_sealed_ms,
  argMaxIf(tuple(clock_offset_ms), received_at, stored AND received_at < until).1 AS offset_ms,
  uniqExactIf((epoch, sequence), stored AND received_at >= since) AS batches,
  uniqExactIf((epoch, sequence), state = 1 AND received_at >= since) AS rejected
FROM (SELECT *, state = 2 AS stored FROM batches WHERE state > 0)
GROUP BY agent
ORDER BY agent`,
  params: z.object({ since_ms: z.number(), to_ms: z.number() }),
  row: z.object({
    agent: z.string(),
    last_sealed_ms: z.number(),
    offset_ms: z.number().nullable(),
    batches: z.number(),
    rejected: z.number(),
  }),
});
