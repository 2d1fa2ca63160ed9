/** One run of a collector on one router: its commands, one after the other, and what their answers make. */
import type { Clock } from '../clock.ts';
import type { Collector, Exchange, Gathering, Menu, MenuContext } from '../collectors/collector.ts';
import type { Capabilities } from './capabilities.ts';
import { spaced } from './collector-load.ts';
import type { CollectorFailure } from './outcome.ts';
import type { Reply, ReplyRow, RouterClient, Trap } from './router-client.ts';
import type { TableLengths } from './table-lengths.ts';

export interface CollectorRun {
  /** What kept the router from answering. */
  readonly failure: CollectorFailure | undefined;
  /** True when the router has none of the collector's menus. */
  readonly absent: boolean;
  /** Why the run was broken off: a table is too long to be printed. */
  readonly tooLong: string | undefined;
  readonly commands: number;
  /** From the commands to the ends of their answers, all together, milliseconds. */
  readonly durationMs: number;
  /** Rows in the answers. */
  readonly replyRows: number;
  /** When the newest command was sent, on the monotonic clock. */
  readonly sentAtMs: number;
}

export interface CollectorRunDeps {
  readonly client: RouterClient;
  readonly clock: Clock;
  /** The clock's generation at the time of the visit: what is measured by another one does not belong to that time. */
  readonly clockGeneration: number;
  readonly capabilities: Capabilities;
  readonly lengths: TableLengths;
  readonly context: MenuContext;
  /** A command was answered. */
  onReply(): void;
  /** Told of faults of our own, which the run survives. */
  onBug(error: unknown): void;
}

/** Asks for everything the collector reads. Rejects with SessionError, and then what was read is in `gathering`. */
export async function runCollector(collector: Collector, gathering: Gathering, deps: CollectorRunDeps): Promise<CollectorRun> {
  const { client, clock, clockGeneration, capabilities, lengths, context } = deps;
  const replies = new Map<string, readonly ReplyRow[]>();
  let failure: CollectorFailure | undefined;
  let tooLong: string | undefined;
  let lacking = 0;
  let commands = 0;
  let durationMs = 0;
  let replyRows = 0;
  let sentAtMs = clock.monotonicMs();
  let exchange: Exchange = { middleMs: undefined, roundTripMs: 0 };

  async function ask(words: readonly string[], deadlineMs: number | undefined): Promise<Reply> {
    const sentMs = clock.nowMs();
    sentAtMs = clock.monotonicMs();
    const reply = await client.command(words, deadlineMs);
    const roundTripMs = clock.monotonicMs() - sentAtMs;
    exchange = { middleMs: clock.generation() === clockGeneration ? sentMs + roundTripMs / 2 : undefined, roundTripMs };
    deps.onReply();
    commands++;
    durationMs += roundTripMs;
    replyRows += reply.rows.length;
    return reply;
  }

  const isAbsence = (reply: Reply): boolean => collector.optional && reply.traps.some(({ kind }) => kind === 'absent');
  const isFailure = (reply: Reply): boolean => reply.traps.some(({ kind }) => kind === 'permission') || isAbsence(reply);

  /** The answer to the menu's command; that to its count when the router is not to print, or will not count for lack of it. */
  async function answerOf(menu: Menu, words: readonly string[]): Promise<Reply | undefined> {
    const { path, rowsMax, deadlineMs } = menu;
    if (rowsMax !== undefined && lengths.mustCount(path, rowsMax, clock.monotonicMs())) {
      const count = await ask(countCommand(words), deadlineMs);
      if (isFailure(count)) return count;
      const rows = Number(count.ret ?? Number.NaN);
      if (lengths.note(path, rows, rowsMax, clock.monotonicMs())) {
        tooLong = `${spaced(rows)} rows, at most ${spaced(rowsMax)} are printed`;
        return undefined;
      }
    }
    const reply = await ask(words, deadlineMs);
    if (rowsMax !== undefined && reply.traps.length === 0) lengths.note(path, reply.rows.length, rowsMax, clock.monotonicMs());
    return reply;
  }

  function understand(what: string, read: () => void): void {
    try {
      read();
    } catch (error) {
      deps.onBug(error);
      failure ??= { permission: false, reason: `BUG: ${what} was not understood` };
    }
  }

  for (const menu of collector.menus) {
    if (collector.optional && capabilities.lacks(menu.path, clock.monotonicMs())) {
      lacking++;
      continue;
    }
    const words = typeof menu.words === 'function' ? menu.words(replies) : menu.words;
    if (words === undefined) continue;
    const reply = await answerOf(menu, words);
    if (reply === undefined) break;
    if (isAbsence(reply)) {
      capabilities.noteAbsent(menu.path, clock.monotonicMs());
      lacking++;
      continue;
    }
    const trap = reply.traps[0];
    if (trap !== undefined) failure ??= failureOf(menu.path, trap);
    const rows = menu.counts === true ? countRow(reply) : reply.rows;
    // Of half a table nothing follows that another menu could be joined with.
    if (trap === undefined) replies.set(menu.path, rows);
    understand(menu.path, () => menu.parse?.(rows, gathering, context, exchange));
  }
  if (replies.size > 0) understand(collector.name, () => collector.join?.(replies, gathering, context));
  return {
    failure,
    absent: lacking > 0 && replies.size === 0 && failure === undefined && tooLong === undefined,
    tooLong,
    commands,
    durationMs,
    replyRows,
    sentAtMs,
  };
}

function failureOf(path: string, { kind, message }: Trap): CollectorFailure {
  const permission = kind === 'permission';
  return {
    permission,
    reason: `${path}: ${message}${permission ? '. Give the user a group with the policies read and api' : ''}`,
  };
}

/** The command that has the router count what a print would print: of its words those that choose rows. */
function countCommand([print = '', ...words]: readonly string[]): readonly string[] {
  return [print, '=count-only=', ...words.filter((word) => word.startsWith('?'))];
}

/** The number that the router counted as a row; no row when it did not say one. */
function countRow({ ret }: Reply): readonly ReplyRow[] {
  return ret === undefined ? [] : [new Map([['ret', ret]])];
}
