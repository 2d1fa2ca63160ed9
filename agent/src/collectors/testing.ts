/** Runs collectors on replies written down, for tests. */
import type { ReplyRow } from '../poller/router-client.ts';
import { type Collector, createGathering, type Exchange, type Gathering, type Menu } from './collector.ts';

/** A command that took 20 ms, half of them before 2026-01-01 00:00:00 by the agent's clock. */
const EXCHANGE: Exchange = { middleMs: Date.UTC(2026, 0, 1), roundTripMs: 20 };

/** What a collector makes of these replies, by the paths of its menus; a menu that is left out was not answered. */
export function collectReplies(
  collector: Collector,
  replies: ReadonlyMap<string, readonly ReplyRow[]>,
  exchange: Exchange = EXCHANGE,
): Gathering {
  const gathering = createGathering();
  const context = { generationOf: () => 0 };
  for (const menu of collector.menus) {
    const reply = replies.get(menu.path);
    if (reply !== undefined) menu.parse?.(reply, gathering, context, exchange);
  }
  collector.join?.(replies, gathering, context);
  return gathering;
}

/** The same of replies whose rows are written as objects. */
export function collectWritten(collector: Collector, replies: WrittenReplies, exchange: Exchange = EXCHANGE): Gathering {
  return collectReplies(collector, repliesOf(replies), exchange);
}

/** The words that a menu sends after these replies; undefined when it has nothing to ask. */
export function wordsAfter(menu: Menu | undefined, replies: WrittenReplies): readonly string[] | undefined {
  return typeof menu?.words === 'function' ? menu.words(repliesOf(replies)) : menu?.words;
}

export type WrittenReplies = Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;

/** Replies as collectors get them. */
export function repliesOf(replies: WrittenReplies): ReadonlyMap<string, readonly ReplyRow[]> {
  return new Map(Object.entries(replies).map(([path, rows]) => [path, rows.map((row) => new Map(Object.entries(row)))]));
}

/** The command that a menu sends, without its arguments. */
export function commandOf({ path, words }: Menu): string {
  return typeof words === 'function' ? path : (words[0] ?? '');
}

/** The commands that a menu may send: one whose words depend on replies prints its path, or is a command of its own. */
export function commandsOf(menu: Menu): readonly string[] {
  return typeof menu.words === 'function' ? [menu.path, `${menu.path}/print`] : [commandOf(menu)];
}

/** The arguments that a menu always sends. */
export function argumentsOf({ words }: Menu): readonly string[] {
  return typeof words === 'function' ? [] : words.slice(1);
}
