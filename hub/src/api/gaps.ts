import type { z } from 'zod';
import type { RouteDeps } from './deps.ts';
import type { Gap, GapList } from './gap-schemas.ts';
import { GapCause } from './gap-schemas.ts';
import { GAPS_MAX, gapsQuery } from './queries/gaps.ts';
import { literalSql } from './queries/query.ts';

interface GapRequest {
  readonly fromMs: number;
  readonly toMs: number;
  /** Undefined: all. */
  readonly site?: string | undefined;
  readonly router?: string | undefined;
}

/** Reads the gaps of a range with their causes; open ones reach up to now. */
export async function readGaps(
  { reader, now }: Pick<RouteDeps, 'reader' | 'now'>,
  { fromMs, toMs, site = '', router = '' }: GapRequest,
  signal?: AbortSignal,
): Promise<GapList> {
  // A gap that is still open ends now, whatever the range asked for.
  const params = { from: utcText(fromMs), to: utcText(Math.max(fromMs, Math.min(toMs, now()))), site, router };
  const rows = await reader.rows(gapsQuery, params, signal);
  return {
    from_ms: fromMs,
    to_ms: toMs,
    gaps: rows.slice(0, GAPS_MAX).map(gapOf),
    truncated: rows.length > GAPS_MAX,
    sql: literalSql(gapsQuery.sql, params),
  };
}

function gapOf({ open, cause, ...row }: z.output<typeof gapsQuery.row>): Gap {
  return { ...row, open: open === 1, cause: GapCause.parse(cause) };
}

/** As the view takes times: UTC, without a zone. */
function utcText(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
}
