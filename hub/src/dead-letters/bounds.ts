/** Keeps the dead letters within their bounds: the oldest go first, counted and logged. Several hubs may do it at once. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StoreError } from '../clickhouse/store-error.ts';
import type { Letters } from './letters.ts';
import type { LetterMetrics } from './metrics.ts';

export interface LetterBounds {
  /** Most bytes on disk. */
  readonly bytesMax: number;
  /** Longest time that a letter is kept, days. */
  readonly daysMax: number;
}

const EVERY_MS = 60_000;
const DAY_MS = 24 * 3600_000;
/** Part of bytesMax that stays: removing rewrites what is left, so it must not be needed again at once. */
const KEPT_SHARE = 0.9;

export function createLetterKeeper(
  { bytesMax, daysMax }: LetterBounds,
  deps: {
    readonly letters: Letters;
    readonly nowMs: () => number;
    readonly log: Pick<Logger, 'info' | 'warn'>;
    readonly metrics: LetterMetrics;
  },
) {
  const { letters, nowMs, log, metrics } = deps;
  for (const bound of ['age', 'bytes'] as const) metrics.dropped.inc({ bound }, 0);

  async function drop(untilMs: number, bound: 'age' | 'bytes', signal: AbortSignal): Promise<void> {
    const dropped = await letters.removeUntil(untilMs, signal);
    if (dropped === 0) return;
    metrics.dropped.inc({ bound }, dropped);
    log.warn({ dropped, bound, until: new Date(untilMs).toISOString() }, 'Dropped the oldest dead letters');
  }

  async function makeRoom(signal: AbortSignal): Promise<void> {
    const untilMs = await letters.oldestKept(Math.floor(bytesMax * KEPT_SHARE), signal);
    if (untilMs === undefined) await letters.compact(signal);
    else await drop(untilMs, 'bytes', signal);
  }

  /** Looks once. Throws StoreError. */
  async function sweep(signal: AbortSignal): Promise<void> {
    let totals = await letters.totals(signal);
    if (totals.letters > 0 || totals.bytes > bytesMax) {
      await drop(nowMs() - daysMax * DAY_MS, 'age', signal);
      if (totals.bytes > bytesMax) await makeRoom(signal);
      totals = await letters.totals(signal);
    }
    metrics.letters.set(totals.letters);
    metrics.bytes.set(totals.bytes);
  }

  return {
    sweep,
    /** Looks once a minute until aborted. */
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        try {
          await sweep(signal);
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof StoreError)) throw error;
          log.warn({ err: error }, 'Cannot look after the dead letters now; tried again in a minute');
        }
        // The loop sees the abort.
        await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
