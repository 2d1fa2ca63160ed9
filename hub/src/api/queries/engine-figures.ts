import { z } from 'zod';
import { defineQuery } from './query.ts';

/** Version, active parts, their bytes, and damaged parts of the hub's database. */
export const engineFigures = defineQuery({
  name: 'engine_figures',
  sql: `
SELECT version() AS version,
  (SELECT count() FROM system.parts WHERE active AND database = {database:String}) AS parts,
  (SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = {database:String}) AS disk_bytes,
  (SELECT count() FROM system.detached_parts WHERE database = {database:String}) AS detached_parts`,
  params: z.object({ database: z.string() }),
  row: z.object({ version: z.string(), parts: z.number(), disk_bytes: z.number(), detached_parts: z.number() }),
});
