/** The truth journal in memory: every served reply, by router and menu, in the order of time, and when nothing could be served. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Range } from './range.ts';

/** What became of a reply during the verification. `seen`: a poll's window holds it, without having stored it. */
export type ReplyFate = 'open' | 'seen' | 'claimed';

export interface Reply {
  readonly atMs: number;
  readonly menu: string;
  readonly rows: number;
  fate: ReplyFate;
}

export interface ReplyTrack {
  /** Replies of these menus from one time to another, both included. */
  within(menus: readonly string[], fromMs: number, toMs: number): Reply[];
  /** All of them. */
  all(): Iterable<Reply>;
}

/** Replies by the index of their router. */
export type Replies = ReadonlyMap<number, ReplyTrack>;

/** What a journal tells. */
export interface Truth {
  readonly replies: Replies;
  /** When the simulator was held up, Unix ms. */
  readonly heldUp: readonly Range[];
}

type Served = Pick<Reply, 'atMs' | 'menu' | 'rows'>;

export function createReplyTrack(replies: readonly Served[]): ReplyTrack {
  const columns = createReplyColumns();
  for (const reply of replies) columns.add(reply);
  return columns.track();
}

const FATES: readonly ReplyFate[] = ['open', 'seen', 'claimed'];
const FIRST_CAPACITY = 64;

/** Gathers replies as columns: an hour of 500 routers with a poll per second is ten million of them, at 15 bytes each. */
function createReplyColumns() {
  const names: string[] = [];
  let size = 0;
  let times = new Float64Array(FIRST_CAPACITY);
  let rows = new Uint32Array(FIRST_CAPACITY);
  let menus = new Uint16Array(FIRST_CAPACITY);

  function grow(): void {
    const [oldTimes, oldRows, oldMenus] = [times, rows, menus];
    times = new Float64Array(2 * size);
    rows = new Uint32Array(2 * size);
    menus = new Uint16Array(2 * size);
    times.set(oldTimes);
    rows.set(oldRows);
    menus.set(oldMenus);
  }

  function put(index: number, reply: Served): void {
    const known = names.indexOf(reply.menu);
    times[index] = reply.atMs;
    rows[index] = reply.rows;
    menus[index] = known >= 0 ? known : names.push(reply.menu) - 1;
  }

  const servedAt = (index: number): Served => ({
    atMs: times[index] ?? 0,
    menu: names[menus[index] ?? 0] ?? '',
    rows: rows[index] ?? 0,
  });

  return {
    add(reply: Served): void {
      if (size === times.length) grow();
      let index = size;
      // They come nearly in the order of time.
      for (; index > 0 && (times[index - 1] ?? 0) > reply.atMs; index--) put(index, servedAt(index - 1));
      put(index, reply);
      size++;
    },

    /** Nothing may be added any more. */
    track(): ReplyTrack {
      const fates = new Uint8Array(size);
      const replyAt = (index: number): Reply => ({
        ...servedAt(index),
        get fate() {
          return FATES[fates[index] ?? 0] ?? 'open';
        },
        set fate(fate) {
          fates[index] = FATES.indexOf(fate);
        },
      });
      return {
        within(wanted, fromMs, toMs) {
          let low = 0;
          let high = size;
          while (low < high) {
            const middle = (low + high) >>> 1;
            if ((times[middle] ?? 0) < fromMs) low = middle + 1;
            else high = middle;
          }
          const found: Reply[] = [];
          for (let index = low; index < size && (times[index] ?? 0) <= toMs; index++)
            if (wanted.includes(names[menus[index] ?? 0] ?? '')) found.push(replyAt(index));
          return found;
        },
        *all() {
          for (let index = 0; index < size; index++) yield replyAt(index);
        },
      };
    },
  };
}

/** Reads a journal. A torn last line, as a killed simulator leaves it, is left out; any other fault rejects. */
export async function readJournal(file: string): Promise<Truth> {
  const heldUp: Range[] = [];
  const byRouter = new Map<number, ReturnType<typeof createReplyColumns>>();
  let torn: { line: number; text: string } | undefined;
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (torn !== undefined)
      throw new Error(`Cannot read the truth journal ${file}: line ${torn.line} is not a reply: ${torn.text}`);
    line++;
    const pause = parseHoldUp(text);
    if (pause !== undefined) {
      heldUp.push(pause);
      continue;
    }
    const fields = parseLine(text);
    if (fields === undefined) {
      torn = { line, text: text.slice(0, 80) };
      continue;
    }
    const [atMs, router, menu, rows] = fields;
    const columns = byRouter.get(router) ?? createReplyColumns();
    byRouter.set(router, columns);
    columns.add({ atMs, menu, rows });
  }
  return {
    replies: new Map([...byRouter].map(([router, columns]) => [router, columns.track()])),
    heldUp,
  };
}

function parseHoldUp(text: string): Range | undefined {
  const match = /^\["held up",(\d+),(\d+)\]$/.exec(text);
  return match === null ? undefined : { fromMs: Number(match[1]), toMs: Number(match[2]) };
}

function parseLine(text: string): [number, number, string, number] | undefined {
  const match = /^\[(\d+),(\d+),"([^"]*)",(\d+)\]$/.exec(text);
  if (match === null) return undefined;
  return [Number(match[1]), Number(match[2]), match[3] ?? '', Number(match[4])];
}
