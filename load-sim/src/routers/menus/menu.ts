/** What a menu of a simulated router is. */
import type { Row } from '../../dialects/forms.ts';
import type { Wants } from '../../dialects/interface-rows.ts';
import type { RouterModel } from '../../traffic/world.ts';

/** The row of one item of a monitor command; undefined for an item that the menu does not know. */
export type MonitorRow = (model: RouterModel, item: string, atMs: number) => Row | undefined;

/** A table that may be too large to be printed at once: rows by position, some of which may be free. */
export interface Table {
  readonly size: (model: RouterModel, atMs: number) => number;
  readonly row: (model: RouterModel, position: number, atMs: number) => Row | undefined;
  /** How many rows pass these query words, where that is known without making the rows; undefined: it is not. */
  readonly count?: (model: RouterModel, queries: readonly string[], atMs: number) => number | undefined;
}

export interface Menu {
  /** True when this router has the menu. */
  readonly exists: (model: RouterModel) => boolean;
  readonly print?: (model: RouterModel, atMs: number, wants: Wants) => Row[];
  readonly table?: Table;
  /** Monitor commands by their verb. */
  readonly monitors?: Readonly<Record<string, MonitorRow>>;
  /** True for a monitor command that this router's version does not have. */
  readonly lacks?: (model: RouterModel, verb: string) => boolean;
  /** Attributes whose change is told to /listen; counters never are. */
  readonly watched?: readonly string[];
}

export type Menus = readonly (readonly [path: string, menu: Menu])[];

export const always = (): boolean => true;
export const everything: Wants = () => true;
