import type { RouteDeps } from './deps.ts';
import type { AgentBalance, Reconciliation } from './gap-schemas.ts';
import { literalSql } from './queries/query.ts';
import { rawFloor } from './queries/raw-floor.ts';
import { batchBalance, pollBalance, rowBalance } from './queries/reconciliation.ts';

const DAY_MS = 86_400_000;
/** Rows of a batch are stored before its polls: what is younger may be between the two. */
const SETTLED_MS = 60_000;

/** The day of a time, UTC: YYYY-MM-DD. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/**
 * Compares what agents polled on a day with what is stored of it. A day that has not begun has no agents, and neither has one whose rows
 * have expired: what was stored of it nobody can tell.
 */
export async function readReconciliation(
  { reader, now }: Pick<RouteDeps, 'reader' | 'now'>,
  day: string,
  signal?: AbortSignal,
): Promise<Reconciliation> {
  const fromMs = Date.parse(`${day}T00:00:00.000Z`);
  const toMs = Math.max(fromMs, Math.min(fromMs + DAY_MS, now() - SETTLED_MS));
  const range = { from_ms: fromMs, to_ms: toMs };
  const sql = literalSql(rowBalance.sql, range);
  const [floor] = await reader.rows(rawFloor, {}, signal);
  if (fromMs < (floor?.floor_ms ?? 0)) return { day, ...range, expired: true, agents: [], sql };
  // One after the other: together they would hold the memory of all three.
  const polls = new Map((await reader.rows(pollBalance, range, signal)).map((row) => [row.agent, row]));
  const rows = Map.groupBy(await reader.rows(rowBalance, range, signal), ({ agent }) => agent);
  const batches = new Map((await reader.rows(batchBalance, range, signal)).map((row) => [row.agent, row]));
  const names = [...new Set([...polls.keys(), ...rows.keys(), ...batches.keys()])].sort();
  const agents = names.map((agent): AgentBalance => {
    const { stored = 0, missing = 0, explained = 0 } = polls.get(agent) ?? {};
    const tables = (rows.get(agent) ?? []).map((row) => ({ table: row.table, declared: row.declared, stored: row.stored }));
    const different = tables.reduce((sum, table) => sum + Math.abs(table.declared - table.stored), 0);
    const fates = batches.get(agent);
    return {
      agent,
      adds_up: different === 0 && missing === explained,
      rows_different: different,
      polls: { counted: stored + missing, stored, missing, explained },
      tables,
      batches: {
        stored: fates?.stored ?? 0,
        rejected: fates?.rejected ?? 0,
        skipped: fates?.skipped ?? 0,
        rows: fates?.rows ?? 0,
      },
    };
  });
  return { day, ...range, expired: false, agents, sql };
}
