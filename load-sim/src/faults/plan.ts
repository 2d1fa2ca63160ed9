/** What is wrong with each router of a fleet, and when: a function of the fleet alone, so that everyone can recompute it. */
import { boardOf } from '../boards/catalog.ts';
import { dialectOf } from '../dialects/dialect.ts';
import type { RouterPlan } from '../router-plan.ts';
import { derive, mix } from '../traffic/random.ts';
import { type FaultKind, faultSpec } from './kinds.ts';
import { type Scenario, type ScenarioEntry, ScenarioError } from './scenario.ts';
import { entriesOverlap, entrySource, type Fault, type FaultSource, mergedSource } from './source.ts';
import { type TurnRouter, turnSources } from './turns.ts';

/** A stretch of one router's time: within one fault, or between two. Unix milliseconds, `toMs` no longer in it. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  /** Undefined: the router is healthy. */
  readonly fault: Fault | undefined;
}

/** The faults of one router. Times are Unix milliseconds. */
export interface FaultTrack {
  at(atMs: number): Fault | undefined;
  stretchAt(atMs: number): Stretch;
  /** The newest fault of a kind that began at or before a time, whether it is over or not. */
  last(kind: FaultKind, atMs: number): Fault | undefined;
}

/** The track of a router that has no faults. */
export const NO_FAULTS: FaultTrack = {
  at: () => undefined,
  stretchAt: () => ALWAYS,
  last: () => undefined,
};
const ALWAYS: Stretch = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY, fault: undefined };

/** What the faults of a fleet follow from. */
interface FaultyFleet {
  readonly seed: number;
  readonly startMs: number;
  readonly scenario?: Scenario | undefined;
  readonly routers: readonly RouterPlan[];
}

/** The tracks of a fleet's routers, in its order. Throws ScenarioError when the scenario does not fit the fleet. */
export function planFaults(fleet: FaultyFleet): readonly FaultTrack[] {
  const { scenario, startMs } = fleet;
  if (scenario === undefined) return fleet.routers.map(() => NO_FAULTS);
  const routers = fleet.routers.map(siteOf);
  const chosen = chooseRouters(scenario, fleet, routers);
  const turns = randomTurns(scenario, fleet, routers, chosen);
  return routers.map(({ index }) => {
    const entries = chosen.get(index) ?? [];
    const turn = turns.get(index);
    const sources = [...entries.map(({ entry }) => entrySource(entry, startMs)), ...(turn === undefined ? [] : [turn])];
    return sources.length === 0 ? NO_FAULTS : createFaultTrack(mergedSource(sources));
  });
}

export function createFaultTrack(source: FaultSource): FaultTrack {
  // Asked for the same stretch at every poll: the newest answers are kept, they do not change what is answered.
  let newest: Stretch = { fromMs: Number.POSITIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY, fault: undefined };
  const lasts = new Map<FaultKind, { readonly stretch: Stretch; readonly fault: Fault | undefined }>();

  function stretchAt(atMs: number): Stretch {
    if (atMs >= newest.fromMs && atMs < newest.toMs) return newest;
    const before = source.before(atMs);
    if (before !== undefined && atMs < before.toMs) newest = { fromMs: before.fromMs, toMs: before.toMs, fault: before };
    else
      newest = {
        fromMs: before?.toMs ?? Number.NEGATIVE_INFINITY,
        toMs: source.after(atMs)?.fromMs ?? Number.POSITIVE_INFINITY,
        fault: undefined,
      };
    return newest;
  }

  return {
    at: (atMs) => stretchAt(atMs).fault,
    stretchAt,
    last(kind, atMs) {
      const stretch = stretchAt(atMs);
      let known = lasts.get(kind);
      if (known?.stretch !== stretch) {
        known = { stretch, fault: source.before(atMs, kind) };
        lasts.set(kind, known);
      }
      return known.fault;
    },
  };
}

/** All stretches of a track from one time to another, in order. */
export function* stretchesOf(track: FaultTrack, fromMs: number, toMs: number): Generator<Stretch> {
  for (let atMs = fromMs; atMs <= toMs; ) {
    const stretch = track.stretchAt(atMs);
    yield stretch;
    atMs = stretch.toMs;
  }
}

interface PlannedRouter extends TurnRouter {
  readonly plan: RouterPlan;
}

function siteOf(plan: RouterPlan): PlannedRouter {
  return { plan, index: plan.index, board: boardOf(plan.board), dialect: dialectOf(plan.dialect), transport: plan.transport };
}

interface NumberedEntry {
  readonly entry: ScenarioEntry;
  readonly number: number;
}

/** The entries that each router has, by its position. */
function chooseRouters(scenario: Scenario, fleet: FaultyFleet, routers: readonly PlannedRouter[]): Map<number, NumberedEntry[]> {
  const chosen = new Map<number, NumberedEntry[]>();
  const problems: string[] = [];
  for (const [number, entry] of scenario.faults.entries()) {
    const found = routersOf({ entry, number }, fleet, routers, chosen);
    if (typeof found === 'string') {
      problems.push(found);
      continue;
    }
    for (const { index, plan } of found) {
      const entries = chosen.get(index) ?? [];
      const rival = entries.find((one) => entriesOverlap(one.entry, entry));
      if (rival === undefined) chosen.set(index, [...entries, { entry, number }]);
      else
        problems.push(
          `faults[${number}]: router ${plan.router} has faults[${rival.number}] at the same time; choose other routers or times, a router has one fault at a time`,
        );
    }
  }
  if (problems.length > 0) throw new ScenarioError('the scenario with this fleet', problems);
  return chosen;
}

/** The routers of an entry, or what is wrong with it. */
function routersOf(
  { entry, number }: NumberedEntry,
  fleet: FaultyFleet,
  routers: readonly PlannedRouter[],
  chosen: ReadonlyMap<number, readonly NumberedEntry[]>,
): readonly PlannedRouter[] | string {
  const at = `faults[${number}]`;
  let left = routers;
  if (entry.routers !== undefined) {
    const named = new Set<PlannedRouter>();
    for (const [position, text] of entry.routers.entries()) {
      const run = runOf(text, routers);
      if (run.length === 0)
        return `${at}.routers[${position}]: ${JSON.stringify(text)} names no router of the fleet; write a name or a run such as ${exampleRun(routers)}`;
      for (const one of run) named.add(one);
    }
    left = routers.filter((one) => named.has(one));
  }
  left = left.filter(
    ({ plan }) =>
      (entry.sites?.includes(plan.site) ?? true) &&
      (entry.boards?.includes(plan.board) ?? true) &&
      (entry.dialects?.includes(plan.dialect) ?? true),
  );
  const { possibleOn, impossible } = faultSpec(entry.kind);
  const able = left.filter(possibleOn);
  const unable = left.find((one) => !possibleOn(one));
  if (entry.routers !== undefined && unable !== undefined)
    return `${at}.routers: ${entry.kind} cannot happen to ${unable.plan.router}, which ${impossible}; leave it out`;
  if (able.length === 0)
    return `${at}: no router of the fleet is left for ${entry.kind}${unable === undefined ? '' : `: each ${impossible}`}; choose other routers`;
  if (entry.share_pct === undefined) return able;
  const idle = able.filter(({ index }) => !(chosen.get(index) ?? []).some((one) => entriesOverlap(one.entry, entry)));
  const key = mix(derive(fleet.seed, 'fault entry'), number);
  const count = shareOf(routers.length, entry.share_pct);
  if (idle.length < count)
    return `${at}.share_pct: ${entry.share_pct} % of the fleet are ${count} routers, but only ${idle.length} of those that it may happen to have nothing else at the time; write less`;
  return idle.toSorted((a, b) => mix(key, a.index) - mix(key, b.index)).slice(0, count);
}

/** `r0010..r0019`: from the one to the other in the order of the fleet; a name stands for itself. */
function runOf(text: string, routers: readonly PlannedRouter[]): readonly PlannedRouter[] {
  const [from, to = from, more] = text.split('..');
  const first = routers.findIndex(({ plan }) => plan.router === from);
  const last = routers.findIndex(({ plan }) => plan.router === to);
  return first < 0 || last < 0 || more !== undefined ? [] : routers.slice(first, last + 1);
}

function exampleRun(routers: readonly PlannedRouter[]): string {
  return `${routers[0]?.plan.router}..${routers.at(-1)?.plan.router}`;
}

function shareOf(count: number, percent: number): number {
  return Math.max(1, Math.round((count * percent) / 100));
}

function randomTurns(
  scenario: Scenario,
  fleet: FaultyFleet,
  routers: readonly PlannedRouter[],
  chosen: ReadonlyMap<number, unknown>,
): ReadonlyMap<number, FaultSource> {
  const { random } = scenario;
  if (random === undefined) return new Map();
  const free = routers.filter(({ index }) => !chosen.has(index));
  const lines = shareOf(routers.length, random.share_pct);
  if (free.length < lines)
    throw new ScenarioError('the scenario with this fleet', [
      `random.share_pct: ${random.share_pct} % of the fleet are ${lines} routers, but only ${free.length} have no entry in faults; write less`,
    ]);
  return turnSources(free, lines, random, fleet.seed, fleet.startMs);
}
