import { z } from 'zod';
import { defineQuery } from './query.ts';

/**
 * Newest sealed batch of every agent and its batches since since_ms. A sealing time beyond to_ms on the hub's clock is left out, so
 * that an agent whose clock ran ahead once does not look current for ever. Silent agents come from agents_latest: nothing reads all
 * of `batches`, which has a row per agent and second. What is received again is no newer for it: its keys are looked up, since FINAL with the index
 * of received_at alone reads every part whose keys lie around those of the newest, which is all of them.
 */
export const agentBatches = defineQuery({
  name: 'agent_batches',
  sql: `
WITH fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC') AS since, fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC') AS until
SELECT agent,
  toUnixTimestamp64Milli(maxIf(sealed_at, stored AND on_hub < until)) AS last_sealed_ms,
  argMaxIf(tuple(clock_offset_ms), (on_hub, epoch, sequence), stored AND on_hub < until).1 AS offset_ms,
  countIf(stored AND in_window) AS batches,
  countIf(NOT stored AND in_window) AS rejected
FROM (
  SELECT agent, epoch, sequence, sealed_at, clock_offset_ms, state = 2 AS stored, true AS in_window,
    sealed_at + toIntervalMillisecond(ifNull(clock_offset_ms, 0)) AS on_hub
  FROM batches FINAL
  WHERE (agent, epoch, sequence) IN (SELECT agent, epoch, sequence FROM batches WHERE received_at >= since) AND received_at >= since AND state > 0
  UNION ALL
  SELECT agent, 0 AS epoch, 0 AS sequence, sealed_at, clock_offset_ms, true AS stored, false AS in_window,
    sealed_at + toIntervalMillisecond(ifNull(clock_offset_ms, 0)) AS on_hub
  FROM agents_latest FINAL)
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
