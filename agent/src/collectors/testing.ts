/** Runs collectors on replies written down, for tests. */
import type { ReplyRow } from '../poller/router-client.ts';
import { type Collector, createGathering, type Gathering, type Menu } from './collector.ts';

/** What a collector makes of these replies, by the paths of its menus; a menu that is left out was not answered. */
export function collectReplies(collector: Collector, replies: ReadonlyMap<string, readonly ReplyRow[]>): Gathering {
  const gathering = createGathering();
  const context = { generationOf: () => 0 };
  for (const menu of collector.menus) {
    const reply = replies.get(menu.path);
    if (reply !== undefined) menu.parse?.(reply, gathering, context);
  }
  collector.join?.(replies, gathering, context);
  return gathering;
}

/** The command that a menu sends, without its arguments. */
export function commandOf({ path, words }: Menu): string {
  return typeof words === 'function' ? path : (words[0] ?? '');
}

/** The arguments that a menu always sends. */
export function argumentsOf({ words }: Menu): readonly string[] {
  return typeof words === 'function' ? [] : words.slice(1);
}
