import { z } from 'zod';
import { defineQuery } from './query.ts';

/** From when on raw rows are kept, Unix ms; 0 when none has expired. One row. */
export const rawFloor = defineQuery({
  name: 'raw_floor',
  sql: "SELECT toUnixTimestamp(max(floor)) * 1000 AS floor_ms FROM retention_floors WHERE tier = 'raw'",
  params: z.object({}),
  row: z.object({ floor_ms: z.number() }),
});
