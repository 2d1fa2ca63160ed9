/**
 * Who sends what when: agents with the same boards in every site, polls spread evenly over the interval. Pure arithmetic, so that
 * everything can be said again of any stored row, in ClickHouse too.
 */

export interface Population {
  readonly seed: number;
  /** Time of the first polls, Unix milliseconds. */
  readonly startMs: number;
  /** One agent each. */
  readonly sites: number;
  readonly routersPerSite: number;
  readonly intervalMs: number;
  /** Age at which an agent seals; divides the interval. */
  readonly sealMs: number;
  /** All agents have just been started: the first poll of every router reads everything. */
  readonly fresh: boolean;
  /** Every poll reads only what each of them reads, as with all slower collectors turned off. */
  readonly fastOnly: boolean;
}

/** The routers of one site that are polled between two seals: they share a batch. */
export interface Slot {
  /** Position within the interval. */
  readonly index: number;
  /** Positions of the routers within their site. */
  readonly routers: readonly number[];
}

/** One batch of an agent, before it is sealed. */
export interface PlannedBatch {
  readonly site: number;
  readonly slot: Slot;
  /** Counts the intervals since the start. */
  readonly round: number;
  readonly sequence: number;
  /** When the agent seals it, Unix ms. */
  readonly dueMs: number;
  readonly level: Level;
}

/** What a poll reads: 0 only the counters, 1 also what is due every minute, 2 every five, 3 every ten, 4 every hour. */
export type Level = 0 | 1 | 2 | 3 | 4;
const MINUTE_MS = 60_000;
export const LEVEL_MINUTES = [0, 1, 5, 10, 60] as const;
const LEVELS: readonly Level[] = [4, 3, 2, 1];

/** A visit takes less than this; a batch is sealed so long after the last time that a visit of it can start. */
export const VISIT_MS_MAX = 150;

export function siteName(site: number): string {
  return `pop${String(site + 1).padStart(5, '0')}`;
}

/** Routers are counted over all sites. */
export function routerName(router: number): string {
  return `r${String(router + 1).padStart(7, '0')}`;
}

/** Agents start at different times. */
export function offsetMs({ sites, sealMs }: Population, site: number): number {
  return Math.floor((site * sealMs) / sites);
}

/** When, within the interval, the router at this position of its site is polled. */
export function phaseMs({ intervalMs, routersPerSite }: Population, position: number): number {
  return Math.floor((position * intervalMs) / routersPerSite);
}

/** The slots that have routers, in the order of time. */
export function slotsOf(population: Population): Slot[] {
  const positions = Array.from({ length: population.routersPerSite }, (_, position) => position);
  const bySlot = Map.groupBy(positions, (position) => Math.floor(phaseMs(population, position) / population.sealMs));
  return Array.from(bySlot, ([index, routers]) => ({ index, routers }));
}

/** Rounds between two times that a level is due. */
export function levelRounds({ intervalMs }: Population, level: Level): number {
  return Math.max(1, Math.round(MINUTE_MS / intervalMs)) * LEVEL_MINUTES[level];
}

/** So many rounds before the start were slow tables last read: spreads them over the sites, as in a fleet that runs for long. */
export const SHIFT_PER_SITE = 7;
export const SHIFT_PER_SLOT = 13;

export function levelOf(population: Population, site: number, slot: number, round: number): Level {
  if (population.fastOnly) return 0;
  if (round === 0 && population.fresh) return 4;
  const shifted = round + site * SHIFT_PER_SITE + slot * SHIFT_PER_SLOT;
  return LEVELS.find((level) => shifted % levelRounds(population, level) === 0) ?? 0;
}

/** The batch with this index (from 0) of a site's agent. `slots` are slotsOf(population). */
export function plannedBatch(population: Population, slots: readonly Slot[], site: number, index: number): PlannedBatch {
  const round = Math.floor(index / slots.length);
  const slot = slots[index % slots.length];
  if (slot === undefined) throw new Error('BUG: a population without slots');
  const { startMs, intervalMs, sealMs } = population;
  const dueMs = startMs + offsetMs(population, site) + round * intervalMs + (slot.index + 1) * sealMs + VISIT_MS_MAX;
  return { site, slot, round, sequence: index + 1, dueMs, level: levelOf(population, site, slot.index, round) };
}

/** How many batches the agent of a site has to seal until a time. */
export function batchesDue(population: Population, slots: readonly Slot[], site: number, untilMs: number): number {
  let count = 0;
  for (let position = 0; position < slots.length; position++) {
    const { dueMs } = plannedBatch(population, slots, site, position);
    if (dueMs <= untilMs) count += Math.floor((untilMs - dueMs) / population.intervalMs) + 1;
  }
  return count;
}
