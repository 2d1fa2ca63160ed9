import type { PollRows } from '@poplar/proto/builder';
import { perRowFamily } from '@poplar/proto/families';
import { CollectorSchema, type Collector as Known } from '@poplar/proto/telemetry/v1/payload';
import type { ReplyRow } from '../poller/router-client.ts';

/** The collectors, by their keys in the agent's configuration: those that the protocol numbers. */
export type CollectorName = Lowercase<Exclude<keyof typeof Known, 'UNSPECIFIED'>>;

/** A value for every collector. */
export function perCollector<T>(valueOf: (name: CollectorName) => T): Record<CollectorName, T> {
  return {
    interface: valueOf('interface'),
    resource: valueOf('resource'),
    radio_clients: valueOf('radio_clients'),
    sensors: valueOf('sensors'),
    cpu_cores: valueOf('cpu_cores'),
    identity: valueOf('identity'),
    boards: valueOf('boards'),
    packages: valueOf('packages'),
    package_update: valueOf('package_update'),
    ethernet: valueOf('ethernet'),
    poe: valueOf('poe'),
    radios: valueOf('radios'),
    modems: valueOf('modems'),
    w60g: valueOf('w60g'),
    neighbors: valueOf('neighbors'),
    dhcp_leases: valueOf('dhcp_leases'),
    ppp_sessions: valueOf('ppp_sessions'),
    routes: valueOf('routes'),
    connections: valueOf('connections'),
    arp: valueOf('arp'),
    queues: valueOf('queues'),
    bgp: valueOf('bgp'),
    ospf: valueOf('ospf'),
    netwatch: valueOf('netwatch'),
    clock: valueOf('clock'),
  };
}

const NUMBERS = perCollector((name) => {
  const value = CollectorSchema.values.find((known) => known.name === `COLLECTOR_${name.toUpperCase()}`);
  if (value === undefined) throw new Error(`BUG: the protocol has no number for collector ${name}`);
  return value.number;
});

/** The collector's number in the protocol: a small one. */
export function collectorNumber(name: CollectorName): number {
  return NUMBERS[name];
}

/** The collector's bit in `answered_collectors` of a poll. */
export function collectorBit(name: CollectorName): bigint {
  return 1n << BigInt(NUMBERS[name]);
}

/** Rows of one visit while they are gathered. */
export type GatheredRows = { [F in keyof PollRows]: PollRows[F][number][] };

/** What a visit has gathered so far. Menus append to it. */
export interface Gathering {
  readonly rows: GatheredRows;
  /** Identities seen in this visit, so that a repeated one is dropped and counted. */
  readonly identities: Set<string>;
  /** Rows dropped because their identity was there before. */
  collapsedRows: number;
  /** Values that could not be read; they are absent in their rows, and a row without its identity is dropped. */
  parseErrors: number;
  /** The same by the name of the attribute. */
  readonly unreadable: Map<string, number>;
}

/** Counts a value that could not be read. */
export function noteUnreadable(gathering: Pick<Gathering, 'parseErrors' | 'unreadable'>, attribute: string): void {
  gathering.parseErrors++;
  gathering.unreadable.set(attribute, (gathering.unreadable.get(attribute) ?? 0) + 1);
}

/** What a menu needs to know about the router beyond the reply. */
export interface MenuContext {
  /**
   * The generation of an interface: rises when the name shows another `.id` or MAC than before.
   * `id` and `mac` are undefined where the router did not report them.
   */
  generationOf(name: string, id: string | undefined, mac: number | undefined): number;
}

/**
 * What a collector's menus have answered in this visit, by their paths. A menu that was not asked, is absent, or answered
 * with a trap is missing.
 */
export type Replies = ReadonlyMap<string, readonly ReplyRow[]>;

/** When a command was sent and answered. */
export interface Exchange {
  /** The agent's clock half-way between the two, Unix milliseconds; undefined when it stepped meanwhile. */
  readonly middleMs: number | undefined;
  /** From the command to the end of its answer, milliseconds. */
  readonly roundTripMs: number;
}

/** One command that reads a menu. Pure: the same reply at the same time always gives the same rows. */
export interface Menu {
  /** What it is called in memory of what a router lacks, and in Replies: the menu's path, of other commands than print the command's. */
  readonly path: string;
  /**
   * The command as it is sent. As a function it depends on what earlier menus of the collector answered, as a monitor's
   * command names the items that a print has found; undefined: there is nothing to ask.
   */
  readonly words: readonly string[] | ((replies: Replies) => readonly string[] | undefined);
  /** Longest wait for the answer where it must be shorter than that of other commands, milliseconds. */
  readonly deadlineMs?: number;
  /** True for a command that has the router count: its reply reads as one row whose attribute `ret` is the number. */
  readonly counts?: boolean;
  /**
   * Most rows that a router is made to print: it counts them first, and a longer table is left alone, which is said in the
   * collector's state. Undefined: the table is short on every router.
   */
  readonly rowsMax?: number;
  /** Turns the reply into rows. Left out where only the collector's join makes sense of it. */
  parse?(reply: readonly ReplyRow[], gathering: Gathering, context: MenuContext, exchange: Exchange): void;
}

/** One collector: the menus that feed one table. */
export interface Collector {
  readonly name: CollectorName;
  /** Optional menus are those that some routers do not have: such a router has no such rows, which is no failure. */
  readonly optional: boolean;
  readonly menus: readonly Menu[];
  /** Turns replies into rows that take several menus, once all have been asked. */
  join?(replies: Replies, gathering: Gathering, context: MenuContext): void;
}

/** An empty gathering for one visit. */
export function createGathering(): Gathering {
  return {
    rows: perRowFamily((): never[] => []),
    identities: new Set(),
    collapsedRows: 0,
    parseErrors: 0,
    unreadable: new Map(),
  };
}
