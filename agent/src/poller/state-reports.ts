/** What is told about the collectors of one router: a row when a state changes, and one of each every few minutes. */
import type { RowOf } from '@poplar/proto/families';
import type { CollectorName } from '../collectors/collector.ts';
import type { CollectorState, CollectorStatus } from './agenda.ts';
import type { CollectorRun } from './collector-run.ts';

export type CollectorStateRow = RowOf<'collectorStates'>;

/** Between two rows of a collector whose state does not change. */
export const SUMMARY_MS = 300_000;
const U32_MAX = 0xffff_ffff;

export interface StateReports {
  noteRun(name: CollectorName, run: Pick<CollectorRun, 'commands' | 'durationMs' | 'replyRows'>): void;
  /** The rows that are due now. What they tell of runs is over with that. */
  take(statuses: readonly CollectorStatus[], nowMs: number): CollectorStateRow[];
}

interface Account {
  /** As they were told. */
  state: CollectorState | undefined;
  intervalMs: number;
  runs: number;
  durationMs: number;
  durationMaxMs: number;
  replyRows: number;
}

/** The first summary is due at `summaryMs`: the routers of a fleet must not have theirs at once. */
export function createStateReports(summaryMs: number): StateReports {
  const accounts = new Map<CollectorName, Account>();
  let dueMs = summaryMs;

  function accountOf(name: CollectorName): Account {
    const account = accounts.get(name) ?? { state: undefined, intervalMs: 0, ...NO_RUNS };
    accounts.set(name, account);
    return account;
  }

  return {
    noteRun(name, { commands, durationMs, replyRows }) {
      if (commands === 0) return;
      const account = accountOf(name);
      account.runs++;
      account.durationMs += durationMs;
      account.durationMaxMs = Math.max(account.durationMaxMs, durationMs);
      account.replyRows += replyRows;
    },
    take(statuses, nowMs) {
      const all = nowMs >= dueMs;
      if (all) dueMs += (Math.floor((nowMs - dueMs) / SUMMARY_MS) + 1) * SUMMARY_MS;
      const rows: CollectorStateRow[] = [];
      for (const status of statuses) {
        const account = accountOf(status.name);
        const { runs, durationMs, durationMaxMs, replyRows } = account;
        if (!all && account.state === status.state && account.intervalMs === status.intervalMs) continue;
        rows.push({
          collector: status.name,
          state: status.state,
          reason: status.reason,
          intervalMs: Math.min(U32_MAX, Math.round(status.intervalMs)),
          runs,
          durationUs: Math.round(durationMs * 1000),
          durationMaxUs: Math.min(U32_MAX, Math.round(durationMaxMs * 1000)),
          replyRows,
        });
        Object.assign(account, NO_RUNS, { state: status.state, intervalMs: status.intervalMs });
      }
      return rows;
    },
  };
}

const NO_RUNS = { runs: 0, durationMs: 0, durationMaxMs: 0, replyRows: 0 } as const;
