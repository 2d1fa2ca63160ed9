import { z } from 'zod';
import { rawFloor } from '../api/queries/raw-floor.ts';
import type { Statements } from '../clickhouse/statements.ts';

/** Raw rows before this have expired, Unix ms; 0 when none has: what looks back on them is not made anew. Throws StoreError. */
export async function readRawFloor({ rows }: Statements, signal: AbortSignal): Promise<number> {
  const [found] = await rows(rawFloor.sql, {}, z.object({ floor_ms: z.coerce.number() }), signal);
  return found?.floor_ms ?? 0;
}
