import type { Overview } from '@poplar/hub/api/schemas';

type Fault = Overview['faults'][number];

/** What does not work at one place, of one kind. */
export interface FaultGroup {
  readonly kind: Fault['kind'];
  readonly site: string;
  /** The one router, or null when the group is several. */
  readonly router: string | null;
  /** How many things are faulty. */
  readonly count: number;
  /** In words: `3 BGP peers down`. */
  readonly title: string;
  /** Which ones, and how. */
  readonly details: string;
  /** When the newest of them began, Unix ms; null when it is older than what is known. */
  readonly sinceMs: number | null;
}

/** From this many routers on, faults of one kind at one site are one line. */
const ROUTERS_MIN = 3;

const WORDS: Readonly<Record<Fault['kind'], readonly [one: string, many: string]>> = {
  bgp: ['BGP peer down', 'BGP peers down'],
  ospf: ['OSPF neighbour not Full', 'OSPF neighbours not Full'],
  poe: ['port cannot feed its device', 'ports cannot feed their devices'],
  collector: ['collector given up', 'collectors given up'],
  module: ['module in the dark or faulty', 'modules in the dark or faulty'],
  clock: ['clock off', 'clocks off'],
};

/** Kinds in the order of what they take with them. */
const ORDER = Object.keys(WORDS);

function groupOf(faults: readonly Fault[], first: Fault, router: string | null): FaultGroup {
  const [one, many] = WORDS[first.kind];
  const since = faults.flatMap(({ since_ms }) => since_ms ?? []);
  return {
    kind: first.kind,
    site: first.site,
    router,
    count: faults.length,
    title: `${faults.length} ${faults.length === 1 ? one : many}`,
    details: faults.map((fault) => `${router === null ? `${fault.router} ` : ''}${fault.item}: ${fault.what}`).join(', '),
    sinceMs: since.length === 0 ? null : Math.max(...since),
  };
}

/** Groups faults by kind and router, and by site where several routers have the same kind. Routing first, clocks last. */
export function groupFaults(faults: readonly Fault[]): FaultGroup[] {
  const groups: FaultGroup[] = [];
  for (const members of Map.groupBy(faults, ({ kind, site }) => `${kind}\n${site}`).values()) {
    const routers = Map.groupBy(members, ({ router }) => router);
    const parts = routers.size >= ROUTERS_MIN ? [members] : [...routers.values()];
    for (const part of parts) {
      const [first] = part;
      if (first !== undefined) groups.push(groupOf(part, first, parts.length === 1 && routers.size > 1 ? null : first.router));
    }
  }
  return groups.sort(
    (left, right) => ORDER.indexOf(left.kind) - ORDER.indexOf(right.kind) || (right.sinceMs ?? 0) - (left.sinceMs ?? 0),
  );
}
