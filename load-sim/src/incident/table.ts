/** The result for people: one column per run, beside what was published about the incident. */
import type { IncidentRun } from './result.ts';

interface Line {
  readonly name: string;
  /** As published: the load that ended in the kill, and the same after the fix (a limit of 1 GB). */
  readonly before?: string;
  readonly after?: string;
  readonly of: (run: IncidentRun) => string;
}

const NOT_PUBLISHED = '–';
const HEADING = ['', 'the incident', 'after its fix'];

const LINES: readonly Line[] = [
  { name: 'routers', before: 'about 500', after: 'about 500', of: (run) => String(run.routers) },
  { name: 'interval', before: '120 s', after: '120 s', of: (run) => `${run.interval_ms / 1000} s` },
  { name: 'length', of: (run) => `${run.for_s} s` },
  { name: 'polls', of: (run) => String(run.polls) },
  { name: 'of them failed, overrun', of: (run) => `${run.polls_failed}, ${run.polls_overrun}` },
  { name: 'rows/s', of: (run) => String(run.rows_per_s) },
  { name: 'lost, twice, wrong', of: (run) => `${run.missing}, ${run.duplicates}, ${run.wrong}` },
  {
    name: 'poll to stored p50, p99',
    of: (run) => `${seconds(run.p50_poll_to_stored_ms)}, ${seconds(run.p99_poll_to_stored_ms)}`,
  },
  { name: 'hub RSS peak', before: '362 MB, killed', after: '307 MB', of: (run) => mib(run.hub_rss_mb) },
  { name: 'hub RSS end', of: (run) => mib(run.hub_rss_end_mb) },
  { name: 'hub RSS by quarter', of: (run) => mibs(run.hub_rss_quarters_mb) },
  { name: 'hub CPU', before: '112 %', of: (run) => percent(run.hub_cpu_pct) },
  { name: 'hub log', of: (run) => kib(run.hub_log_bytes) },
  { name: 'agent RSS peak, end', of: (run) => `${mib(run.agent_rss_mb)}, ${mib(run.agent_rss_end_mb)}` },
  { name: 'agent RSS by quarter', of: (run) => mibs(run.agent_rss_quarters_mb) },
  { name: 'agent CPU', of: (run) => percent(run.agent_cpu_pct) },
  { name: 'agent log', of: (run) => kib(run.agent_log_bytes) },
  { name: 'engine RSS peak, end', of: (run) => `${mib(run.engine_rss_mb)}, ${mib(run.engine_rss_end_mb)}` },
  { name: 'engine RSS by quarter', of: (run) => mibs(run.engine_rss_quarters_mb) },
  { name: 'engine CPU', of: (run) => percent(run.engine_cpu_pct) },
  { name: 'simulator CPU', of: (run) => percent(run.sim_cpu_pct) },
];

export function incidentTable(runs: readonly IncidentRun[]): string {
  const rows = [
    [...HEADING, ...runs.map(() => 'Poplar')],
    ...LINES.map(({ name, before = NOT_PUBLISHED, after = NOT_PUBLISHED, of }) => [name, before, after, ...runs.map(of)]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '),
  );
  return `${lines.join('\n')}\n`;
}

function seconds(ms: number | null): string {
  return ms === null ? NOT_PUBLISHED : `${(ms / 1000).toFixed(1)} s`;
}

function mib(value: number | null): string {
  return value === null ? NOT_PUBLISHED : `${value} MiB`;
}

function mibs(values: readonly number[] | null): string {
  return values === null ? NOT_PUBLISHED : `${values.map(Math.round).join(' ')} MiB`;
}

function percent(value: number | null): string {
  return value === null ? NOT_PUBLISHED : `${value} %`;
}

function kib(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}
