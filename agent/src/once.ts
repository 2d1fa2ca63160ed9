/** `--once` and `--visits`: what an operator runs to see whether every router can be polled. */
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import { outcomeName } from './poller/outcome.ts';
import type { Visit } from './poller/visit.ts';

const HEADINGS = ['SITE', 'ROUTER', 'OUTCOME', 'MS', 'INTERFACES', 'CLIENTS', 'ERROR'];
const RIGHT_ALIGNED = new Set([3, 4, 5]);

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
  readonly visits: readonly Visit[];
}

export function createTally(routers: number, times: number): VisitTally {
  const kept = new Map<string, { visit: Visit; times: number }>();
  let incomplete = routers;
  return {
    add(visit) {
      const key = `${visit.poll.site}\n${visit.poll.router}`;
      const before = kept.get(key) ?? { visit, times: 0 };
      if (before.times === times) return;
      const reached = before.times + (visit.poll.outcome === PollOutcome.OVERRUN ? 0 : 1);
      kept.set(key, { visit: allAnswered([before.visit]) ? visit : before.visit, times: reached });
      if (reached === times) incomplete--;
    },
    get complete() {
      return incomplete === 0;
    },
    get visits() {
      return Array.from(kept.values(), ({ visit }) => visit);
    },
  };
}

/** True when every router answered everything. */
export function allAnswered(visits: readonly Visit[]): boolean {
  return visits.every(({ poll }) => poll.outcome === PollOutcome.OK);
}

/** The visits as a table, by site and router, with a line that counts. */
export function formatVisits(visits: readonly Visit[]): string {
  const rows = visits
    .map(({ poll, rows }) => [
      poll.site,
      poll.router,
      outcomeName(Number(poll.outcome)),
      (Number(poll.durationUs) / 1000).toFixed(0),
      String(rows.interfaces.length),
      String(rows.radioClients.length),
      poll.error,
    ])
    .sort((a, b) => String(a[0]).localeCompare(String(b[0])) || String(a[1]).localeCompare(String(b[1])));
  const widths = HEADINGS.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = [HEADINGS, ...rows].map((row) =>
    row
      .map((cell, column) => (RIGHT_ALIGNED.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const answered = visits.filter((visit) => allAnswered([visit])).length;
  return `${lines.join('\n')}\n${answered} of ${visits.length} routers answered everything\n`;
}
