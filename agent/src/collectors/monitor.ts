/** Monitor commands: what a router measures of the items that a print has named, in one answer about all of them. */
import type { ReplyRow } from '../poller/router-client.ts';
import { type Gathering, type Menu, noteUnreadable, type Replies } from './collector.ts';
import { readText } from './field-reader.ts';
import { namedRows } from './named-rows.ts';

/**
 * Most items of one command: more ports than the largest switches have, sixteen of whose cages are four ports each. Further
 * ones have the print's values alone.
 */
const ITEMS_MAX = 128;

export interface MonitorConfig {
  /** Path of the menu whose print names the items, by `name` and `.id`. */
  readonly printed: string;
  /** The command. */
  readonly command: string;
  /** The command's word for the items, and how many of them it takes. */
  readonly argument?: string;
  readonly itemsMax?: number;
  /** Whether the router can tell more about an item; about every one unless given. */
  readonly monitors?: (item: ReplyRow) => boolean;
  /** Another version's command for the same: where it was answered, this one is not asked. */
  readonly insteadOf?: string;
}

/** An item with what is known of it; of what was not asked or not answered nothing is known. */
export type MonitoredItem = readonly [name: string, printed: ReplyRow, monitored: ReplyRow];

export interface Monitor {
  readonly menu: Menu;
  /** Every item of the print, each name once. */
  readonly items: (replies: Replies, gathering: Gathering) => Generator<MonitoredItem>;
}

const NOTHING: ReplyRow = new Map<string, string>();

export function createMonitor(config: MonitorConfig): Monitor {
  const { printed, command, argument = 'numbers', itemsMax = ITEMS_MAX, monitors = () => true, insteadOf } = config;

  /** The items that the command names, in its order. */
  function itemsOf(replies: Replies): readonly ReplyRow[] {
    return (replies.get(printed) ?? []).filter((item) => referenceTo(item) !== undefined && monitors(item)).slice(0, itemsMax);
  }

  function answers(replies: Replies, gathering: Gathering): ReadonlyMap<string, ReplyRow> {
    const byName = new Map<string, ReplyRow>();
    const reply = replies.get(command) ?? [];
    if (reply.length === 0) return byName;
    const asked = itemsOf(replies);
    for (const [position, row] of reply.entries()) {
      // Some commands and versions leave the name out: the rows are in the order of the items.
      const nameless = reply.length === asked.length ? asked[position] : undefined;
      const name = readText(row, 'name') || readText(nameless ?? NOTHING, 'name');
      if (name === '') noteUnreadable(gathering, 'name');
      else if (byName.has(name)) gathering.collapsedRows++;
      else byName.set(name, row);
    }
    return byName;
  }

  function* items(replies: Replies, gathering: Gathering): Generator<MonitoredItem> {
    const monitored = answers(replies, gathering);
    for (const [name, item] of namedRows(replies.get(printed) ?? [], 'name', gathering))
      yield [name, item, monitored.get(name) ?? NOTHING];
  }

  return {
    menu: {
      path: command,
      words(replies) {
        if (insteadOf !== undefined && replies.has(insteadOf)) return undefined;
        const asked = itemsOf(replies);
        return asked.length === 0 ? undefined : [command, `=${argument}=${asked.map(referenceTo).join(',')}`, '=once='];
      },
    },
    items,
  };
}

/** ASCII with a letter and without a comma. */
const PLAIN_NAME = /^(?!\*)(?=.*[a-z])[ -+\--~]+$/i;

/**
 * How a command names an item among others. A name with a comma would be read as two, one that is a number or begins with an
 * asterisk as another item's, and one from a code page is not written as it came: those go by their `.id`.
 */
function referenceTo(item: ReplyRow): string | undefined {
  const name = item.get('name');
  if (name === undefined || name === '' || PLAIN_NAME.test(name)) return name || undefined;
  return item.get('.id') ?? (name.includes(',') ? undefined : name);
}
