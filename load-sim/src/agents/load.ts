/** Lets agents seal what is due when it is due, and keeps account of what the hub answers. */
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { AnswerListener, SyntheticAgent } from './agent.ts';
import { batchesDue, type Population, plannedBatch, slotsOf } from './population.ts';
import { createSealer, type SealedBatch } from './sealing.ts';

export interface LoadAccount {
  batchesSealed: number;
  rowsSealed: number;
  wireBytes: number;
  /** Sealed a whole seal age after they were due: the spool was full, or this process too slow. */
  batchesLate: number;
  latenessMaxMs: number;
  /** Times at which an agent had to wait with a full spool. */
  spoolFull: number;
  stored: number;
  duplicates: number;
  rejected: number;
  resent: number;
  reasons: string[];
  /** From the time that a batch was due to the hub's answer, ms. */
  readonly storedAfterMs: number[];
}

export function createLoadAccount(): LoadAccount {
  return {
    batchesSealed: 0,
    rowsSealed: 0,
    wireBytes: 0,
    batchesLate: 0,
    latenessMaxMs: 0,
    spoolFull: 0,
    stored: 0,
    duplicates: 0,
    rejected: 0,
    resent: 0,
    reasons: [],
    storedAfterMs: [],
  };
}

const REASONS_MAX = 10;

export function accountListener(account: LoadAccount, nowMs: () => number, welcomed: () => void): AnswerListener {
  return {
    stored(batch, duplicate) {
      account.stored++;
      if (duplicate) account.duplicates++;
      account.storedAfterMs.push(nowMs() - batch.dueMs);
    },
    rejected(batch, reason) {
      account.rejected++;
      if (account.reasons.length < REASONS_MAX) account.reasons.push(`batch ${batch.sequence}: ${reason}`);
    },
    resent() {
      account.resent++;
    },
    welcomed,
  };
}

const TICK_MS = 10;
const SEALS_AT_A_TIME = 20;

export interface LoadOptions {
  readonly population: Population;
  /** One for every site. */
  readonly agents: readonly SyntheticAgent[];
  readonly forMs: number;
  /** How long after the end the hub may take to answer what waits. */
  readonly drainMs: number;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly account: LoadAccount;
}

/**
 * Seals and offers everything that is due within the time, then waits until all of it is answered. Resolves also when the hub does
 * not answer in time, or when aborted.
 */
export async function runLoad(options: LoadOptions): Promise<void> {
  const { population, agents, forMs, drainMs, nowMs, signal, account } = options;
  const slots = slotsOf(population);
  const sealer = createSealer(population);
  const endMs = population.startMs + forMs;
  const seats = agents.map((agent, site) => ({
    agent,
    site,
    due: batchesDue(population, slots, site, endMs),
    next: 0,
    dueMs: plannedBatch(population, slots, site, 0).dueMs,
  }));

  while (!signal.aborted) {
    const now = nowMs();
    let waiting = false;
    let sealed = 0;
    for (const seat of seats) {
      while (seat.next < seat.due && seat.dueMs <= now) {
        if (seat.agent.full) {
          account.spoolFull++;
          break;
        }
        const batch = sealer.seal(plannedBatch(population, slots, seat.site, seat.next), nowMs());
        note(account, batch, nowMs() - batch.dueMs, population.sealMs);
        seat.agent.offer(batch);
        seat.next++;
        // Acks are heard and windows refilled in between.
        if (++sealed % SEALS_AT_A_TIME === 0) await turn();
        seat.dueMs = plannedBatch(population, slots, seat.site, seat.next).dueMs;
      }
      waiting ||= seat.next < seat.due || seat.agent.pending > 0;
    }
    if (!waiting || now > endMs + drainMs) return;
    await delay(TICK_MS, undefined, { signal }).catch(() => {});
  }
}

function note(account: LoadAccount, sealed: SealedBatch, latenessMs: number, lateMs: number): void {
  account.batchesSealed++;
  account.rowsSealed += sealed.rows;
  account.wireBytes += sealed.payloadBytes;
  if (latenessMs > lateMs) account.batchesLate++;
  account.latenessMaxMs = Math.max(account.latenessMaxMs, latenessMs);
}
