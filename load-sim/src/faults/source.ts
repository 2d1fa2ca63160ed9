/** Where the faults of one router come from: sequences that can be asked for any time, without a history. */
import type { Transport } from '../router-plan.ts';
import { type FaultKind, faultSpec, type Outcome } from './kinds.ts';
import type { ScenarioEntry } from './scenario.ts';

export type FaultSettings = Pick<ScenarioEntry, 'menu' | 'bytes_per_s' | 'by_s' | 'rows'>;

/** One fault of one router: from `fromMs` until just before `toMs`, Unix milliseconds; Infinity: it does not end. */
export interface Fault {
  readonly kind: FaultKind;
  readonly fromMs: number;
  readonly toMs: number;
  readonly settings: FaultSettings;
}

/** The menu of `trap_menu` unless it names one: every poll asks for it. */
export const TRAPPED_MENU = '/system/resource';

/** The outcomes that are right for a poll within a fault. */
export function outcomesOf({ kind, settings }: Pick<Fault, 'kind' | 'settings'>, transport: Transport): readonly Outcome[] {
  const { plain, tls } = faultSpec(kind).outcomes;
  const outcomes = transport === 'plain' ? plain : tls;
  return (settings.menu ?? TRAPPED_MENU) === TRAPPED_MENU ? outcomes : [...outcomes, 'ok'];
}

/** Faults that do not overlap. */
export interface FaultSource {
  /** The last fault that began at or before a time; of one kind, if it is named. */
  before(atMs: number, kind?: FaultKind): Fault | undefined;
  /** The first fault that begins after a time. */
  after(atMs: number): Fault | undefined;
}

/** What an entry of a scenario does to one router. `startMs` is the fleet's start. */
export function entrySource(entry: ScenarioEntry, startMs: number): FaultSource {
  const { kind, menu, bytes_per_s, by_s, rows } = entry;
  const firstMs = startMs + Math.round(entry.from_s * 1000);
  const lastsMs = entry.for_s === undefined ? Number.POSITIVE_INFINITY : Math.round(entry.for_s * 1000);
  const everyMs = entry.every_s === undefined ? undefined : Math.round(entry.every_s * 1000);
  const settings = { menu, bytes_per_s, by_s, rows };

  function occurrence(number: number): Fault {
    const fromMs = firstMs + number * (everyMs ?? 0);
    return { kind, fromMs, toMs: fromMs + lastsMs, settings };
  }
  /** Number of the last occurrence at or before a time; -1 before the first one. */
  function numberAt(atMs: number): number {
    if (atMs < firstMs) return -1;
    return everyMs === undefined ? 0 : Math.floor((atMs - firstMs) / everyMs);
  }

  return {
    before(atMs, wanted) {
      const number = numberAt(atMs);
      return number < 0 || (wanted !== undefined && wanted !== kind) ? undefined : occurrence(number);
    },
    after(atMs) {
      const number = numberAt(atMs) + 1;
      return number > 0 && everyMs === undefined ? undefined : occurrence(number);
    },
  };
}

/** Several sources as one. They must not overlap. */
export function mergedSource(sources: readonly FaultSource[]): FaultSource {
  return {
    before: (atMs, kind) =>
      extreme(
        sources.map((source) => source.before(atMs, kind)),
        (a, b) => a.fromMs > b.fromMs,
      ),
    after: (atMs) =>
      extreme(
        sources.map((source) => source.after(atMs)),
        (a, b) => a.fromMs < b.fromMs,
      ),
  };
}

function extreme(faults: readonly (Fault | undefined)[], better: (a: Fault, b: Fault) => boolean): Fault | undefined {
  let best: Fault | undefined;
  for (const fault of faults) if (fault !== undefined && (best === undefined || better(fault, best))) best = fault;
  return best;
}

/** Whether two entries would ever be at once on a router that has both. */
export function entriesOverlap(one: ScenarioEntry, other: ScenarioEntry): boolean {
  if (one.every_s === undefined && other.every_s !== undefined) return entriesOverlap(other, one);
  const [a, b] = [spanOf(one), spanOf(other)];
  if (a.everyMs === undefined) return a.fromMs < b.toMs && b.fromMs < a.toMs;
  if (b.everyMs === undefined) {
    // The occurrence of the repeated one that begins last before the end of the single one.
    if (b.toMs <= a.fromMs) return false;
    if (b.toMs === Number.POSITIVE_INFINITY) return true;
    const number = Math.ceil((b.toMs - a.fromMs) / a.everyMs) - 1;
    return a.fromMs + number * a.everyMs + (a.toMs - a.fromMs) > b.fromMs;
  }
  // In the long run two periods meet at every distance that is a multiple of what divides both.
  const step = greatestDivisor(a.everyMs, b.everyMs);
  const distance = (((b.fromMs - a.fromMs) % step) + step) % step;
  return distance < a.toMs - a.fromMs || step - distance < b.toMs - b.fromMs;
}

function spanOf(entry: ScenarioEntry): { fromMs: number; toMs: number; everyMs: number | undefined } {
  const first = entrySource(entry, 0).after(-1);
  if (first === undefined) throw new Error('BUG: an entry without a fault');
  return { ...first, everyMs: entry.every_s === undefined ? undefined : Math.round(entry.every_s * 1000) };
}

export function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
