/** What is told about the collectors of one router: a row when a state changes, and one of each every few minutes. */
import type { RowOf } from '@poplar/proto/families';
import { type CollectorName, collectorNumber } from '../collectors/collector.ts';
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
  durationUs: number;
  durationMaxUs: number;
  replyRows: number;
}

/** The first summary is due at `summaryMs`: the routers of a fleet must not have theirs at once. */
export function createStateReports(summaryMs: number): StateReports {
  return new Reports(summaryMs);
}

class Reports implements StateReports {
  /** By the collectors' numbers: a map takes more memory than what it would hold. */
  readonly #accounts: Account[] = [];
  #dueMs: number;

  constructor(summaryMs: number) {
    this.#dueMs = summaryMs;
  }

  noteRun(name: CollectorName, { commands, durationMs, replyRows }: Parameters<StateReports['noteRun']>[1]): void {
    if (commands === 0) return;
    const account = this.#accountOf(name);
    const durationUs = Math.round(durationMs * 1000);
    account.runs++;
    account.durationUs += durationUs;
    account.durationMaxUs = Math.max(account.durationMaxUs, durationUs);
    account.replyRows += replyRows;
  }

  take(statuses: readonly CollectorStatus[], nowMs: number): CollectorStateRow[] {
    const all = nowMs >= this.#dueMs;
    if (all) this.#dueMs += (Math.floor((nowMs - this.#dueMs) / SUMMARY_MS) + 1) * SUMMARY_MS;
    const rows: CollectorStateRow[] = [];
    for (const { name, state, reason, intervalMs } of statuses) {
      const account = this.#accountOf(name);
      if (!all && account.state === state && account.intervalMs === intervalMs) continue;
      const { runs, durationUs, durationMaxUs, replyRows } = account;
      rows.push({
        collector: name,
        state,
        reason,
        intervalMs: Math.min(U32_MAX, Math.round(intervalMs)),
        runs,
        durationUs,
        durationMaxUs: Math.min(U32_MAX, durationMaxUs),
        replyRows,
      });
      account.state = state;
      account.intervalMs = intervalMs;
      account.runs = 0;
      account.durationUs = 0;
      account.durationMaxUs = 0;
      account.replyRows = 0;
    }
    return rows;
  }

  #accountOf(name: CollectorName): Account {
    const account = this.#accounts[collectorNumber(name)];
    if (account !== undefined) return account;
    const opened: Account = { state: undefined, intervalMs: 0, runs: 0, durationUs: 0, durationMaxUs: 0, replyRows: 0 };
    this.#accounts[collectorNumber(name)] = opened;
    return opened;
  }
}
