/** Dead letters for people and for programs. */
import { Buffer } from 'node:buffer';
import type { OpenBatch } from '@poplar/proto/batch';
import { u32Column, u64Column } from '@poplar/proto/columns';
import { ROW_FAMILIES } from '@poplar/proto/families';
import type { Arrival } from '../writer/record.ts';
import type { LetterHead } from './letters.ts';

/** A letter's head as JSON has it: 64-bit numbers as strings, times in ISO 8601. */
export function headJson({ name, agent, epoch, sequence, receivedAtMs, bytes, reason }: LetterHead) {
  return { name, agent, epoch: String(epoch), sequence, received_at: timeText(receivedAtMs), bytes, reason };
}

/** The same with what the letter holds and its bytes. `opened` is the batch, or why it still cannot be stored. */
export function letterJson(head: LetterHead, message: Uint8Array, opened: Arrival | string) {
  const now = typeof opened === 'string' ? { storable: false, fault: opened } : { storable: true, holds: holdings(opened.open) };
  return { ...headJson(head), ...now, message_base64: Buffer.from(message).toString('base64') };
}

/** One line per letter under a line of titles, the last column as long as it is. */
export function headTable(heads: readonly LetterHead[]): string {
  const titles = ['RECEIVED', 'AGENT', 'SEQUENCE', 'BYTES', 'NAME', 'REASON'];
  const cells = heads.map(({ receivedAtMs, agent, sequence, bytes, name, reason }) =>
    [timeText(receivedAtMs), agent, String(sequence), String(bytes), name, reason].map(printable),
  );
  const widths = titles.map((title, column) =>
    cells.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length),
  );
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ');
  return [titles, ...cells].map((row) => `${line(row)}\n`).join('');
}

/** Some lines about one letter. */
export function letterText(head: LetterHead, opened: Arrival | string): string {
  const { name, agent, epoch, sequence, receivedAtMs, bytes, reason } = head;
  const lines = [
    `letter    ${name}`,
    `agent     ${agent}`,
    `batch     epoch ${epoch}, sequence ${sequence}`,
    `received  ${timeText(receivedAtMs)}`,
    `bytes     ${bytes}`,
    `reason    ${reason}`,
  ];
  if (typeof opened === 'string') lines.push(`now       still cannot be stored: ${opened}`);
  else {
    const { polls, routers, first_poll_at, last_poll_at, rows } = holdings(opened.open);
    const families = Object.entries(rows).map(([family, count]) => `${count} ${family}`);
    lines.push(
      `now       passes every check: replay stores it unless ClickHouse refuses a value`,
      `holds     ${polls} polls of ${routers} routers, ${first_poll_at} to ${last_poll_at}`,
      `rows      ${families.length === 0 ? 'none' : families.join(', ')}`,
    );
  }
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function holdings({ families }: OpenBatch) {
  const { polls } = families;
  const times = u64Column(polls, 'ts_ms');
  const ofFamilies = ROW_FAMILIES.map(({ name }) => [name, families[name].rows] as const);
  return {
    polls: polls.rows,
    routers: new Set(u32Column(polls, 'router_symbol')).size,
    first_poll_at: timeText(times.reduce((least, ts) => Math.min(least, ts), Number.POSITIVE_INFINITY)),
    last_poll_at: timeText(times.reduce((most, ts) => Math.max(most, ts), 0)),
    rows: Object.fromEntries(ofFamilies.filter(([, rows]) => rows > 0)),
  };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** Reasons quote what agents and servers said: control characters must not reach a terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}+/gu, ' ');
}
