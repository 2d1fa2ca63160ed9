/** The set of 30 days: which routers it has and when they were polled. Everything follows from the seed and the end. */
import { z } from 'zod';

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;

export const setPlanSchema = z.strictObject({
  /** Of the generator: a set of another version is not used. */
  version: z.literal(1),
  seed: z.int().min(0).max(1_000_000),
  sites: z.int().min(1).max(99),
  routersPerSite: z.int().min(1).max(999),
  portsPerRouter: z.int().min(1).max(10),
  days: z.int().min(1).max(30),
  /** Unix ms, a full hour: no sample of the set is at or after it. */
  endMs: z.int().multipleOf(HOUR_MS),
});

/** The last day is polled every 10 s, the ones before it every 60 s. */
export type SetPlan = z.infer<typeof setPlanSchema>;

export const SLOW_INTERVAL_MS = 60_000;
export const FAST_INTERVAL_MS = 10_000;

/** 30 days of 500 routers with 10 ports each, up to the last full hour. */
export function usualPlan(nowMs: number, days = 30): SetPlan {
  const endMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  return { version: 1, seed: 1, sites: 10, routersPerSite: 50, portsPerRouter: 10, days, endMs };
}

export const startMs = (plan: SetPlan): number => plan.endMs - plan.days * DAY_MS;
export const routersOf = (plan: SetPlan): number => plan.sites * plan.routersPerSite;

/** A stretch of whole intervals at one interval, by one run of every site's agent. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalMs: number;
  /** Start of the agents' run. */
  readonly runMs: number;
}

/** Hours of a span at most: what one INSERT makes fits into the engine's memory. */
const SPAN_HOURS = { [SLOW_INTERVAL_MS]: 24, [FAST_INTERVAL_MS]: 4 } as const;

/** The whole set in order of time. */
export function spansOf(plan: SetPlan): Span[] {
  const fastMs = plan.endMs - DAY_MS;
  return [...cut(startMs(plan), fastMs, SLOW_INTERVAL_MS, startMs(plan)), ...cut(fastMs, plan.endMs, FAST_INTERVAL_MS, fastMs)];
}

function cut(fromMs: number, toMs: number, intervalMs: typeof SLOW_INTERVAL_MS | typeof FAST_INTERVAL_MS, runMs: number): Span[] {
  const spans: Span[] = [];
  for (let ms = fromMs; ms < toMs; ) {
    const midnight = (Math.floor(ms / DAY_MS) + 1) * DAY_MS;
    const end = Math.min(toMs, midnight, ms + SPAN_HOURS[intervalMs] * HOUR_MS);
    spans.push({ fromMs: ms, toMs: end, intervalMs, runMs });
    ms = end;
  }
  return spans;
}

/** Interface rows of a span when no router fails. */
export function rowsOf(plan: SetPlan, { fromMs, toMs, intervalMs }: Span): number {
  return ((toMs - fromMs) / intervalMs) * routersOf(plan) * plan.portsPerRouter;
}

export const siteName = (plan: SetPlan, router: number): string =>
  `site${String(Math.floor(router / plan.routersPerSite) + 1).padStart(2, '0')}`;
export const routerName = (router: number): string => `r${String(router + 1).padStart(4, '0')}`;
/** In the order of the names. */
export const portName = (port: number): string => (port === 9 ? 'sfp-sfpplus1' : `ether${port + 1}`);
