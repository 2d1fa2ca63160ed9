/** The truth journal in memory: every served reply, by router and menu, in the order of time. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

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
  readonly replies: readonly Reply[];
}

/** Replies by the index of their router. */
export type Replies = ReadonlyMap<number, ReplyTrack>;

export function createReplyTrack(replies: readonly Reply[]): ReplyTrack {
  const ordered = replies.toSorted((a, b) => a.atMs - b.atMs);
  return {
    replies: ordered,
    within(menus, fromMs, toMs) {
      let low = 0;
      let high = ordered.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((ordered[middle]?.atMs ?? 0) < fromMs) low = middle + 1;
        else high = middle;
      }
      const found: Reply[] = [];
      for (let index = low; index < ordered.length; index++) {
        const reply = ordered[index];
        if (reply === undefined || reply.atMs > toMs) break;
        if (menus.includes(reply.menu)) found.push(reply);
      }
      return found;
    },
  };
}

/** Reads a journal. A torn last line, as a killed simulator leaves it, is left out; any other fault rejects. */
export async function readReplies(file: string): Promise<Replies> {
  const byRouter = new Map<number, Reply[]>();
  const menus = new Map<string, string>();
  let torn: { line: number; text: string } | undefined;
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (torn !== undefined)
      throw new Error(`Cannot read the truth journal ${file}: line ${torn.line} is not a reply: ${torn.text}`);
    line++;
    const fields = parseLine(text);
    if (fields === undefined) {
      torn = { line, text: text.slice(0, 80) };
      continue;
    }
    const [atMs, router, menu, rows] = fields;
    const sameMenu = menus.get(menu) ?? menu;
    menus.set(menu, sameMenu);
    const replies = byRouter.get(router) ?? [];
    byRouter.set(router, replies);
    replies.push({ atMs, menu: sameMenu, rows, fate: 'open' });
  }
  return new Map([...byRouter].map(([router, replies]) => [router, createReplyTrack(replies)]));
}

function parseLine(text: string): [number, number, string, number] | undefined {
  const match = /^\[(\d+),(\d+),"([^"]*)",(\d+)\]$/.exec(text);
  if (match === null) return undefined;
  return [Number(match[1]), Number(match[2]), match[3] ?? '', Number(match[4])];
}
