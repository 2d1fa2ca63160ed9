import type { AgentBalance, Reconciliation } from '../api/gap-schemas.ts';
import type { Diagnosis } from './diagnosis.ts';

/** A diagnosis as a table for people: the checks, then the balance of every agent, tables only where they differ. */
export function diagnosisText({ findings, reconciliation }: Diagnosis): string {
  const checks = findings.map(({ check, ok, detail }) => [ok ? 'ok' : 'FAULT', check, detail]);
  const parts = [aligned(checks)];
  if (reconciliation !== undefined && reconciliation.agents.length > 0) parts.push(balanceText(reconciliation));
  return parts.join('\n');
}

const HEAD = ['agent', 'polled', 'stored', 'missing', 'explained', 'rows', 'differ by', 'batches', 'rejected', 'skipped', ''];

function balanceText({ agents }: Reconciliation): string {
  const lines = agents.map((agent) => [
    agent.agent,
    ...[agent.polls.counted, agent.polls.stored, agent.polls.missing, agent.polls.explained].map(String),
    String(agent.tables.reduce((sum, { declared }) => sum + declared, 0)),
    String(agent.rows_different),
    ...[agent.batches.stored, agent.batches.rejected, agent.batches.skipped].map(String),
    agent.adds_up ? 'adds up' : 'DOES NOT ADD UP',
  ]);
  const differences = agents.flatMap(differencesOf);
  return aligned([HEAD, ...lines]) + (differences.length === 0 ? '' : `\n${aligned(differences)}`);
}

function differencesOf({ agent, tables }: AgentBalance): string[][] {
  return tables
    .filter(({ declared, stored }) => declared !== stored)
    .map(({ table, declared, stored }) => [agent, table, `${declared} declared`, `${stored} stored`, signed(stored - declared)]);
}

function signed(difference: number): string {
  return difference > 0 ? `+${difference}` : String(difference);
}

/** Columns side by side, figures to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (/^[+-]?\d+$/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}
