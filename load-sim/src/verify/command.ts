/** `sim verify`: compares what is stored with what the simulated routers answered; exit status 1 when anything is off. */
import { readFile } from 'node:fs/promises';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { readFlags, UsageError, wholeNumber } from '../flags.ts';
import { readFleet } from '../fleet-file.ts';
import type { CommandDeps } from '../routers/serving.ts';
import { VERIFIED_TABLES } from './report.ts';
import { isRight, type VerifyResult, verifyStored } from './verify.ts';

export const VERIFY_USAGE = `Usage: npm run sim -- verify --fleet-file FILE [flags]
Compares every stored row with what the simulated routers answered: missing, duplicate, wrong.

  --fleet-file FILE      the fleet, as "sim routers --fleet-file" wrote it
  --journal FILE         what was served, as "sim routers --journal" wrote it; without it, stored rows are compared with
                         every millisecond of their poll, and replies that were not stored go unnoticed
  --clickhouse-url URL   ClickHouse's HTTP interface (http://127.0.0.1:8123)
  --user NAME            (default)
  --password-file FILE   file that holds the password (none)
  --database NAME        (poplar)
  --settle-s N           leave the last N seconds alone, while polls are being stored (0)
  --tolerance-ms N       how far outside of a poll's window a reply may lie (20)
  --json                 print one JSON object as the last line on stdout, all else to stderr
  --help                 this text
`;

const FLAGS = {
  'fleet-file': { type: 'string' },
  journal: { type: 'string' },
  'clickhouse-url': { type: 'string' },
  user: { type: 'string' },
  'password-file': { type: 'string' },
  database: { type: 'string' },
  'settle-s': { type: 'string' },
  'tolerance-ms': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** A chunk is a few ten thousand rows. */
const QUERY_TIMEOUT_MS = 60_000;

/** Resolves to the exit status. Rejects with UsageError, or when something cannot be read. */
export async function verifyCommand(args: readonly string[], deps: Pick<CommandDeps, 'nowMs' | 'print'>): Promise<number> {
  const values = readFlags(args, FLAGS);
  if (values.help === true) {
    deps.print(VERIFY_USAGE);
    return 0;
  }
  if (values['fleet-file'] === undefined) throw new UsageError('--fleet-file is missing: without the fleet there is no truth');
  const settleS = wholeNumber('settle-s', values['settle-s'], 0, 86_400);
  const toleranceMs = wholeNumber('tolerance-ms', values['tolerance-ms'] ?? '20', 0, 60_000);
  const passwordFile = values['password-file'];
  const fleet = await readFleet(values['fleet-file']);
  const client = createClient({
    url: values['clickhouse-url'] ?? 'http://127.0.0.1:8123',
    username: values.user ?? 'default',
    password: passwordFile === undefined ? '' : (await readFile(passwordFile, 'utf8')).trimEnd(),
    database: values.database ?? 'poplar',
    request_timeout: QUERY_TIMEOUT_MS,
    log: { level: ClickHouseLogLevel.OFF },
  });
  try {
    const report = await verifyStored({
      client,
      fleet,
      journalFile: values.journal,
      toleranceMs,
      ...(settleS === undefined ? {} : { untilMs: Math.floor(deps.nowMs()) - settleS * 1000 }),
    });
    if (values.json === true) {
      process.stderr.write(reportText(report));
      deps.print(`${JSON.stringify(report)}\n`);
    } else deps.print(reportText(report));
    return isRight(report) ? 0 : 1;
  } finally {
    await client.close();
  }
}

/** The report as a table, with examples of every kind of fault. */
export function reportText(report: VerifyResult): string {
  const columns = ['rows_expected', 'rows_stored', 'raw_rows', 'missing', 'duplicates', 'wrong'] as const;
  const lines = [
    ['', ...columns],
    ...VERIFIED_TABLES.map((table) => [table, ...columns.map((column) => String(report.tables[table][column]))]),
  ];
  lines.push(['all', ...columns.map((column) => String(report[column]))]);
  const table = lines
    .map((cells) => cells.map((cell, index) => (index === 0 ? cell.padEnd(20) : cell.padStart(14))).join(''))
    .join('\n');
  const notes = `polls ${report.polls}, failed ${report.failed_polls}, repeated replies ${report.repeated_replies}, excused rows ${report.excused_rows}`;
  const examples = report.examples.map(
    (one) =>
      `${one.kind} in ${one.table}: ${one.site} ${one.router} ${one.object} at ${new Date(one.at_ms).toISOString()}: ${one.detail}`,
  );
  return `${[table, notes, ...outcomeLines(report), ...examples].join('\n')}\n`;
}

/** How polls ended, where a scenario says how they should. */
function outcomeLines(report: VerifyResult): string[] {
  const { wrong_outcomes: wrong, missed_polls: missed, slow_recoveries: slow, recoveries, fault_polls: shown } = report;
  const { held_up_ms: heldUpMs, judged_pct: judged } = report;
  if (shown === null) return [];
  const kinds = Object.entries(shown).map(([kind, polls]) => `${kind} ${polls}`);
  return [
    `outcomes wrong ${wrong}, polls missed ${missed}, recoveries ${recoveries}, of them slow ${slow}`,
    `polls that showed their fault: ${kinds.join(', ') || 'none'}`,
    ...(heldUpMs === null || heldUpMs === 0
      ? []
      : [
          `the simulator was held up for ${heldUpMs} ms: what is late for it is not counted, polls were judged in ${judged} % of the rest`,
        ]),
    ...report.outcome_examples.map(
      (one) => `${one.kind}: ${one.site} ${one.router} at ${new Date(one.at_ms).toISOString()}: ${one.detail}`,
    ),
  ];
}
