import { z } from 'zod';
import { defineQuery } from '../api/queries/query.ts';

/** Least free space of the disks that hold tables, bytes. */
export const diskSpace = defineQuery({
  name: 'disk_space',
  sql: 'SELECT min(free_space) AS free_bytes, min(total_space) AS total_bytes FROM system.disks',
  params: z.object({}),
  row: z.object({ free_bytes: z.number(), total_bytes: z.number() }),
});

/** Rejected batches whose bytes wait to be replayed, per reason. */
export const waitingDeadLetters = defineQuery({
  name: 'waiting_dead_letters',
  sql: `
SELECT reason, uniqExact(agent, epoch, sequence, content_hash) AS letters, toUnixTimestamp64Milli(min(received_at)) AS oldest_ms
FROM dead_letters
WHERE (agent, epoch, sequence, content_hash) NOT IN (
  SELECT agent, epoch, sequence, content_hash FROM batches
  WHERE state = 2 AND (agent, epoch, sequence) IN (SELECT agent, epoch, sequence FROM dead_letters))
GROUP BY reason
ORDER BY letters DESC, reason`,
  params: z.object({}),
  row: z.object({ reason: z.string(), letters: z.number(), oldest_ms: z.number() }),
});

/** Batches of the last day that came when raw rows of their time were not kept any more, per agent. */
export const expiredBatches = defineQuery({
  name: 'expired_batches',
  sql: `
SELECT agent, uniqExact(epoch, sequence) AS batches
FROM batches
WHERE state = 1 AND startsWith(reason, {reason:String}) AND received_at >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
GROUP BY agent
ORDER BY agent`,
  params: z.object({ reason: z.string(), since_ms: z.number() }),
  row: z.object({ agent: z.string(), batches: z.number() }),
});

/** What all tables take on disk, bytes, and from when on raw rows are kept. */
export const storedBytes = defineQuery({
  name: 'stored_bytes',
  sql: `
SELECT sum(bytes_on_disk) AS bytes, (SELECT toUnixTimestamp(max(floor)) * 1000 FROM retention_floors WHERE tier = 'raw') AS floor_ms
FROM system.parts
WHERE active AND database = {database:String}`,
  params: z.object({ database: z.string() }),
  row: z.object({ bytes: z.number(), floor_ms: z.number() }),
});

/** When each agent's newest batch was stored, and its clock's offset to the hub then. */
export const newestBatches = defineQuery({
  name: 'newest_batches',
  sql: `
SELECT agent, toUnixTimestamp64Milli(max(agents_latest.received_at)) AS received_ms, argMax(tuple(clock_offset_ms), agents_latest.received_at).1 AS offset_ms
FROM agents_latest FINAL
GROUP BY agent
ORDER BY agent`,
  params: z.object({}),
  row: z.object({ agent: z.string(), received_ms: z.number(), offset_ms: z.number().nullable() }),
});
