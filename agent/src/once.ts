/** `--once` and `--visits`: what an operator runs to see whether every router can be polled, and what is read of it. */
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import { outcomeName } from './poller/outcome.ts';
import type { CollectorStateRow } from './poller/state-reports.ts';
import type { Visit } from './poller/visit.ts';

const HEADINGS = ['SITE', 'ROUTER', 'OUTCOME', 'MS', 'INTERFACES', 'CLIENTS', 'COLLECTORS', 'ERROR'];
const RIGHT_ALIGNED = new Set([3, 4, 5, 6]);

/** What is shown of a router. */
export interface RouterResult {
  readonly visit: Visit;
  /** How its collectors fare, by their names. */
  readonly collectors: ReadonlyMap<string, CollectorStateRow>;
}

/**
 * Several visits to each router, of which one is kept: the first that was not answered in full, or else the last. A slot that
 * passed without a visit is no visit, but may be what is kept.
 */
export interface VisitTally {
  /** Visits beyond those wanted are ignored. */
  add(visit: Visit): void;
  /** True when every router has had its visits. */
  readonly complete: boolean;
  /** One per router. */
  readonly results: readonly RouterResult[];
}

export function createTally(routers: number, times: number): VisitTally {
  const kept = new Map<string, { visit: Visit; times: number; readonly collectors: Map<string, CollectorStateRow> }>();
  let incomplete = routers;
  return {
    add(visit) {
      const key = `${visit.poll.site}\n${visit.poll.router}`;
      const result = kept.get(key) ?? { visit, times: 0, collectors: new Map() };
      kept.set(key, result);
      if (result.times === times) return;
      if (isAnswered(result)) result.visit = visit;
      for (const state of visit.rows.collectorStates) result.collectors.set(state.collector, state);
      if (visit.poll.outcome === PollOutcome.OVERRUN) return;
      result.times++;
      if (result.times === times) incomplete--;
    },
    get complete() {
      return incomplete === 0;
    },
    get results() {
      return [...kept.values()];
    },
  };
}

/** True when every router answered everything. */
export function allAnswered(results: readonly Pick<RouterResult, 'visit'>[]): boolean {
  return results.every(isAnswered);
}

function isAnswered({ visit }: Pick<RouterResult, 'visit'>): boolean {
  return visit.poll.outcome === PollOutcome.OK;
}

/**
 * The routers as a table, by site and name. Below it a line for each that is not read as configured, with `verbose` also
 * for what it does not have; and one that counts. `collectors` is the number of those that are enabled.
 */
export function formatResults(results: readonly RouterResult[], collectors: number, verbose: boolean): string {
  const sorted = results.toSorted(
    ({ visit: { poll: one } }, { visit: { poll: other } }) =>
      one.site.localeCompare(other.site) || one.router.localeCompare(other.router),
  );
  const rows = sorted.map(({ visit: { poll, rows: read }, collectors: states }) => [
    poll.site,
    poll.router,
    outcomeName(Number(poll.outcome)),
    (Number(poll.durationUs) / 1000).toFixed(0),
    String(read.interfaces.length),
    String(read.radioClients.length),
    `${[...states.values()].filter(isRead).length} of ${collectors}`,
    poll.error,
  ]);
  const widths = HEADINGS.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = [HEADINGS, ...rows].map((row) =>
    row
      .map((cell, column) => (RIGHT_ALIGNED.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const answered = results.filter(isAnswered).length;
  const notes = sorted.flatMap((result) => notesOf(result, verbose));
  return [...lines, ...notes, `${answered} of ${results.length} routers answered everything`, ''].join('\n');
}

const isRead = ({ state }: CollectorStateRow): boolean => state === 'running' || state === 'slowed';

/** A line for each state of collectors that are not running as configured. */
function notesOf({ visit: { poll }, collectors }: RouterResult, verbose: boolean): string[] {
  const troubled = [...collectors.values()].filter(({ state }) => state !== 'running' && state !== 'absent');
  const notes = troubled.map(({ collector, state, reason }) => `${collector} is ${state} (${reason})`);
  const absent = [...collectors.values()].filter(({ state }) => state === 'absent').map(({ collector }) => collector);
  if (verbose && absent.length > 0) notes.push(`the router has no ${absent.join(', ')}`);
  return notes.map((note) => `${poll.site} ${poll.router}: ${note}`);
}
