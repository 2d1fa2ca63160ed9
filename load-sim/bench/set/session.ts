/** The set in use: a hub on its folder, and a fleet that is polled up to now, so that what shows the present shows something. */
import type { BenchContext } from '../context.ts';
import { type BenchHub, type BenchHubOptions, startBenchHub } from '../hub.ts';
import { FAST_INTERVAL_MS, type SetPlan } from './plan.ts';
import { fillSpan, readSet } from './prepare.ts';

export interface SetSession extends AsyncDisposable {
  readonly hub: BenchHub;
  readonly plan: SetPlan;
  /** Stores the polls that were due since the last call; the first call stores some minutes of them. */
  pollUntilNow(): Promise<void>;
}

const FIRST_POLLS_MS = 600_000;

/** Throws when the folder does not hold the whole set. */
export async function openSet(context: BenchContext & Pick<BenchHubOptions, 'analysts'>): Promise<SetSession> {
  const state = readSet(context.setFolder);
  if (state?.complete !== true)
    throw new Error(
      `Cannot measure: ${context.setFolder} does not hold the set of 30 days. Make it with: npm run bench -- prepare`,
    );
  const hub = await startBenchHub({ ...context, folder: context.setFolder });
  const wholeInterval = (ms: number): number => Math.floor(ms / FAST_INTERVAL_MS) * FAST_INTERVAL_MS;
  const runMs = wholeInterval(Date.now() - FIRST_POLLS_MS);
  let polledMs = runMs;
  return {
    hub,
    plan: state.plan,
    async pollUntilNow() {
      const toMs = wholeInterval(Date.now());
      if (toMs === polledMs) return;
      await fillSpan(hub.clickhouse, state.plan, { fromMs: polledMs, toMs, intervalMs: FAST_INTERVAL_MS, runMs });
      polledMs = toMs;
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}
