import type { ReplyRow } from '../poller/router-client.ts';
import { type Gathering, noteUnreadable } from './collector.ts';
import { readText } from './field-reader.ts';

/** The rows of a reply with their names, each name once. A row without name counts as unreadable, a repeated one as collapsed. */
export function* namedRows(reply: readonly ReplyRow[], attribute: string, gathering: Gathering): Generator<[string, ReplyRow]> {
  const seen = new Set<string>();
  for (const row of reply) {
    const name = readText(row, attribute);
    if (name === '') noteUnreadable(gathering, attribute);
    else if (seen.has(name)) gathering.collapsedRows++;
    else {
      seen.add(name);
      yield [name, row];
    }
  }
}
