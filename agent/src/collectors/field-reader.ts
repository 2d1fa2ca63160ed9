/** Reads one row's attributes into column values, counting what cannot be read. */
import type { ReplyRow } from '../poller/router-client.ts';
import { type Gathering, noteUnreadable } from './collector.ts';
import { parseFlag } from './values/flag.ts';
import type { Parsed } from './values/parsed.ts';

/** Longest text taken from a router, in UTF-16 units: a batch with a symbol above 4096 would be rejected whole. */
const TEXT_LENGTH_MAX = 1024;

/** An attribute's text; empty when the router did not report it. */
export function readText(row: ReplyRow, name: string): string {
  const text = row.get(name) ?? '';
  return text.length <= TEXT_LENGTH_MAX ? text : text.slice(0, TEXT_LENGTH_MAX).toWellFormed();
}

/** The same without the NUL bytes that fill up what another device has announced. */
export function readPaddedText(row: ReplyRow, name: string): string {
  const text = readText(row, name);
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** A mark that is true with an empty value and false where the router leaves it out. */
export function readMark(row: ReplyRow, name: string, gathering: Pick<Gathering, 'parseErrors' | 'unreadable'>): Parsed {
  const text = row.get(name);
  if (text === undefined) return 0;
  return text === '' ? 1 : readable(parseFlag(text), name, gathering);
}

/** An attribute's value; undefined when it is not reported, empty, or unreadable, which is counted. */
export function readValue<P extends Parsed>(
  row: ReplyRow,
  name: string,
  parse: (text: string) => P,
  gathering: Pick<Gathering, 'parseErrors' | 'unreadable'>,
): P | undefined {
  const text = row.get(name);
  return text === undefined || text === '' ? undefined : readable(parse(text), name, gathering);
}

/** `value` of the attribute, or undefined and counted when it is NaN. */
export function readable<P extends Parsed>(
  value: P,
  name: string,
  gathering: Pick<Gathering, 'parseErrors' | 'unreadable'>,
): P | undefined {
  if (!Number.isNaN(value)) return value;
  noteUnreadable(gathering, name);
  return undefined;
}
