/** What must be stored for a served reply: computed from the closed form alone, without any code of agent or hub. */
import type { RouterModel } from '../../traffic/world.ts';

/** A number from `min` to `max`, both included. */
export interface Between {
  readonly min: number;
  readonly max: number;
  /** Not reporting it is right too. */
  readonly orNull?: boolean;
}

/** What an agent's clock was during a visit. */
export interface AgentClock {
  /** What it was ahead of the true time by when the visit began, ms. */
  readonly aheadMs: number;
  /** Whether it stepped before the visit was over. */
  readonly stepped: boolean;
}

/** A stored value as text; null: not reported. Several texts: any of them is right; bounds: any number within them. */
export type ExpectedValue = string | null | readonly string[] | Between;

/** Values in the order of the table's columns. */
export type ExpectedRow = readonly ExpectedValue[];

/** What one table must hold. */
export interface TableTruth {
  /** Menus whose replies are stored in the table; a router may have several of them. */
  readonly menus: readonly MenuTruth[];
  /** The menu that a stored row says it is from; the first one unless a column tells. */
  readonly menuOf?: (values: readonly (string | null)[]) => MenuTruth | undefined;
  /** SQL for what tells the rows of one poll apart. */
  readonly object: string;
  /** Columns, or SQL of them. */
  readonly columns: readonly string[];
  /** Column of polls that counts the rows. */
  readonly countColumn: string;
}

export interface MenuTruth {
  /** As the journal names it. */
  readonly path: string;
  /**
   * The rows that come of a reply at this time, by object. Rows that are joined from several replies of one visit take the
   * time of the others from `asked`: when the visit had its answer to that menu, or `atMs` where that is not known. `clock`: the agent's
   * in that visit.
   */
  readonly rows: (
    model: RouterModel,
    atMs: number,
    asked: (path: string) => number,
    clock: AgentClock,
  ) => Map<string, ExpectedRow>;
  /** Rows of the reply itself, where one of them is not one stored row. */
  readonly replyRows?: (model: RouterModel, stored: number, atMs: number) => number;
}

export function flagValue(flag: boolean): string {
  return flag ? '1' : '0';
}

/** A measured value as it is stored, from the text that the router sent: `26.0` is 26; null: it sent none. */
export function numberValue(text: string | undefined): string | null {
  // Adding zero turns -0, as in `-0.000`, into 0.
  return text === undefined ? null : String(Number(text) + 0);
}

/** RouterOS writes these durations in whole seconds. */
export function wholeSecondsMs(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
