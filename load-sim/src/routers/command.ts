/** One sentence of a client, taken apart. */

export interface Command {
  /** First word: `/interface/print`. */
  readonly path: string;
  /** Undefined when the client sent none: then the replies carry none. */
  readonly tag: string | undefined;
  /** `=name=value` words. */
  readonly attributes: ReadonlyMap<string, string>;
  /** `?` words, with their `?`. */
  readonly queries: readonly string[];
}

export function parseCommand(words: readonly string[]): Command {
  const attributes = new Map<string, string>();
  const queries: string[] = [];
  let tag: string | undefined;
  for (const word of words.slice(1)) {
    if (word.startsWith('?')) queries.push(word);
    else if (word.startsWith('.tag=')) tag = word.slice('.tag='.length);
    else if (word.startsWith('=')) {
      const end = word.indexOf('=', 1);
      if (end < 0) attributes.set(word.slice(1), '');
      else attributes.set(word.slice(1, end), word.slice(end + 1));
    }
  }
  return { path: words[0] ?? '', tag, attributes, queries };
}

/** The menu of a command: its path without the verb. */
export function menuPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Milliseconds of a RouterOS duration such as `2s`, `1m30s`, `500ms`, `00:00:02` or bare seconds; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const clock = /^(\d+):(\d\d):(\d\d)$/.exec(text);
  if (clock !== null) return (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3])) * 1000;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(ms|[wdhms]))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[wdhms])/g)) sum += Number(count) * (UNIT_MS[unit ?? ''] ?? 0);
  return sum;
}

const UNIT_MS: Readonly<Record<string, number>> = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
