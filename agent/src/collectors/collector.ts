import type { PollRows } from '@poplar/proto/builder';
import type { ReplyRow } from '../poller/router-client.ts';

/** The collectors, by their keys in the agent's configuration. */
export type CollectorName =
  | 'interface'
  | 'resource'
  | 'radio_clients'
  | 'sensors'
  | 'cpu_cores'
  | 'identity'
  | 'boards'
  | 'packages'
  | 'package_update';

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
}

/** What a menu needs to know about the router beyond the reply. */
export interface MenuContext {
  /**
   * The generation of an interface: rises when the name shows another `.id` or MAC than before.
   * `id` and `mac` are undefined where the router did not report them.
   */
  generationOf(name: string, id: string | undefined, mac: number | undefined): number;
}

/** One RouterOS menu that is printed. Pure: the same reply always gives the same rows. */
export interface Menu {
  /** The menu's path, its name in memory of what a router lacks. */
  readonly path: string;
  /** The command as it is sent. */
  readonly words: readonly string[];
  /** Longest wait for the answer where it must be shorter than that of other commands, milliseconds. */
  readonly deadlineMs?: number;
  parse(reply: readonly ReplyRow[], gathering: Gathering, context: MenuContext): void;
}

/** One collector: the menus that feed one table. */
export interface Collector {
  readonly name: CollectorName;
  /** Optional menus are those that some routers do not have: such a router has no such rows, which is no failure. */
  readonly optional: boolean;
  readonly menus: readonly Menu[];
}

/** An empty gathering for one visit. */
export function createGathering(): Gathering {
  return {
    rows: {
      interfaces: [],
      devices: [],
      identities: [],
      radioClients: [],
      sensors: [],
      boards: [],
      cpuCores: [],
      packages: [],
      packageUpdates: [],
    },
    identities: new Set(),
    collapsedRows: 0,
    parseErrors: 0,
  };
}
