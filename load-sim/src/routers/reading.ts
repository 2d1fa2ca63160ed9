/** The commands that read a menu: print, monitors, listen. */
import type { Row } from '../dialects/forms.ts';
import type { Wants } from '../dialects/interface-rows.ts';
import type { RouterModel } from '../traffic/world.ts';
import { createChangeWatch } from './changes.ts';
import { type Command, durationMs, menuPath } from './command.ts';
import type { TruthJournal } from './journal.ts';
import type { LastingCommands } from './lasting.ts';
import { everything, type Menu, type MonitorRow, type Table } from './menus/menu.ts';
import { createRowFilter, type RowFilter } from './query.ts';
import type { ReplyWriter } from './reply-writer.ts';

export interface ReadingDeps {
  /** Wall clock, Unix milliseconds. */
  readonly nowMs: () => number;
  readonly journal: TruthJournal | undefined;
  readonly writer: ReplyWriter;
  readonly lasting: LastingCommands;
}

export interface Reading {
  /** Answers the command if it reads; false when the menu has no such command. */
  handle(command: Command, verb: string, menu: Menu): boolean;
}

const REFRESH_MS = 1_000;
/** Rows of a large table that are made at a time: other sessions are served in between. */
const TABLE_STEP = 256;

/** What a command asked of rows. */
interface Selection {
  readonly filter: RowFilter | undefined;
  readonly wants: Wants;
  /** Names of the attributes to send; undefined for all. */
  readonly names: ReadonlySet<string> | undefined;
}

export function createReading(model: RouterModel, { nowMs, journal, writer, lasting }: ReadingDeps): Reading {
  const { reply, fail } = writer;

  function print(command: Command, menu: Menu): void {
    const { tag, attributes } = command;
    const interval = attributes.get('interval');
    const intervalMs = interval === undefined ? undefined : durationMs(interval);
    if (interval !== undefined && (intervalMs === undefined || intervalMs <= 0))
      return fail(tag, 'invalid value for argument interval', 1);
    const selection = selectionOf(command);
    if (menu.table !== undefined) {
      if (intervalMs !== undefined) return fail(tag, 'unknown parameter interval', 1);
      return printTable(command, menu.table, selection);
    }
    const emit = (): number => printRows(command, menu, selection);
    if (intervalMs !== undefined) return repeat(command, intervalMs, emit);
    if (attributes.has('follow') || attributes.has('follow-only')) {
      if (attributes.has('follow')) emit();
      return listen(command, menu);
    }
    finish(command, emit());
  }

  function printRows(command: Command, menu: Menu, { filter, wants, names }: Selection): number {
    const atMs = nowMs();
    const all = menu.print?.(model, atMs, wants) ?? [];
    const rows = filter === undefined ? all : all.filter(filter);
    if (command.attributes.has('count-only')) {
      journal?.served(atMs, model.plan.index, countPath(command), 1);
      return rows.length;
    }
    if (rows.length > 0 && oddlyEmpty(atMs)) reply('!empty', command.tag);
    for (const row of rows) reply('!re', command.tag, row, names);
    if (filter === undefined) journal?.served(atMs, model.plan.index, menuPath(command.path), rows.length);
    return rows.length;
  }

  /** All rows are those of the moment at which the command came, however long the peer takes to read them. */
  function printTable(command: Command, table: Table, { filter, names }: Selection): void {
    const atMs = nowMs();
    const size = table.size(model, atMs);
    const counts = command.attributes.has('count-only');
    if (counts) journal?.served(atMs, model.plan.index, countPath(command), 1);
    const known = counts ? table.count?.(model, command.queries, atMs) : undefined;
    if (known !== undefined) return finish(command, known);
    let position = 0;
    let rows = 0;
    lasting.stream(command.tag, () => {
      for (const end = Math.min(size, position + TABLE_STEP); position < end; position++) {
        const row = table.row(model, position, atMs);
        if (row === undefined || filter?.(row) === false) continue;
        if (rows === 0 && !counts && oddlyEmpty(atMs)) reply('!empty', command.tag);
        rows++;
        if (!counts) reply('!re', command.tag, row, names);
      }
      if (position < size) return false;
      if (!counts && filter === undefined) journal?.served(atMs, model.plan.index, menuPath(command.path), rows);
      finish(command, rows);
      return true;
    });
  }

  function finish(command: Command, rows: number): void {
    if (command.attributes.has('count-only')) return reply('!done', command.tag, [['ret', String(rows)]]);
    if (rows === 0 && model.dialect.emptySentence) {
      reply('!empty', command.tag);
      if (oddlyEmpty(nowMs())) reply('!empty', command.tag);
    }
    reply('!done', command.tag);
  }

  /** True while a fault has the router say `!empty` where it should not. */
  function oddlyEmpty(atMs: number): boolean {
    return model.faults.at(atMs)?.kind === 'odd_empty';
  }

  function monitor(command: Command, rowOf: MonitorRow): void {
    const { tag, attributes } = command;
    const items = itemsOf(command);
    if (items.length === 0) return fail(tag, 'missing argument numbers', 1);
    if (items.some((item) => rowOf(model, item, nowMs()) === undefined)) return fail(tag, 'no such item', 0);
    const { names } = selectionOf(command);
    const only = names === undefined ? undefined : new Set([...names, '.section']);
    let section = 0;
    const emit = (atMs: number): void => {
      const mark: Row = attributes.has('duration') ? [['.section', String(section++)]] : [];
      for (const item of items) {
        const row = rowOf(model, item, atMs);
        if (row !== undefined) reply('!re', tag, [...row, ...mark], only);
      }
    };
    if (attributes.has('once')) {
      const atMs = nowMs();
      emit(atMs);
      journal?.served(atMs, model.plan.index, command.path, items.length);
      return reply('!done', tag);
    }
    repeat(command, durationMs(attributes.get('interval') ?? '') || REFRESH_MS, () => emit(nowMs()));
  }

  /** Answers now and at every interval, until `=duration=` is over. */
  function repeat(command: Command, everyMs: number, emit: () => unknown): void {
    const lastsMs = durationMs(command.attributes.get('duration') ?? '');
    const untilMs = lastsMs === undefined ? Number.POSITIVE_INFINITY : nowMs() + lastsMs;
    emit();
    lasting.repeat(command.tag, everyMs, () => {
      if (nowMs() >= untilMs) return true;
      emit();
      return false;
    });
  }

  /** Sends nothing until something changes; never ends by itself. */
  function listen(command: Command, menu: Menu): void {
    const { filter, names } = selectionOf(command);
    const watch = createChangeWatch(menu.watched ?? []);
    const look = (): void => {
      const rows = menu.print?.(model, nowMs(), everything) ?? [];
      for (const row of watch.changes(filter === undefined ? rows : rows.filter(filter))) reply('!re', command.tag, row, names);
    };
    look();
    lasting.repeat(command.tag, REFRESH_MS, () => {
      look();
      return false;
    });
  }

  return {
    handle(command, verb, menu) {
      if (verb === 'print' && (menu.print !== undefined || menu.table !== undefined)) {
        print(command, menu);
        return true;
      }
      if (verb === 'listen' && menu.watched !== undefined) {
        listen(command, menu);
        return true;
      }
      const rowOf = menu.monitors?.[verb];
      if (rowOf === undefined || menu.lacks?.(model, verb) === true) return false;
      monitor(command, rowOf);
      return true;
    },
  };
}

/** What the journal calls a count: the menu, and what had to hold of the entries. */
function countPath(command: Command): string {
  return [menuPath(command.path), 'count-only', ...command.queries].join(' ');
}

/** The items of a monitor command: each menu has its own word for them. */
function itemsOf({ attributes }: Command): string[] {
  const names = ['numbers', 'number', '.id', 'interface']
    .map((name) => attributes.get(name))
    .find((value) => value !== undefined);
  return (names ?? '').split(',').filter((name) => name !== '');
}

function selectionOf({ attributes, queries }: Command): Selection {
  const filter = queries.length === 0 ? undefined : createRowFilter(queries);
  const proplist = attributes.get('.proplist');
  if (proplist === undefined) return { filter, wants: everything, names: undefined };
  const names = new Set(proplist.split(','));
  return {
    filter,
    // A filter may ask for what is not shown.
    wants: filter === undefined ? (name) => names.has(name) : everything,
    names,
  };
}
