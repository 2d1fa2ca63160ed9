/**
 * Published replies of real routers, read by the collectors. Every record of testdata/records.jsonl has an expectation
 * written by hand under testdata/expected/, one file per part of RouterOS.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readAttributes } from '../routeros/reply.ts';
import { COLLECTORS } from './all.ts';
import type { Menu } from './collector.ts';
import type { Expectations } from './testdata/expected/expectation.ts';
import { INTERFACES } from './testdata/expected/interfaces.ts';
import { LINKS } from './testdata/expected/links.ts';
import { NETWORK } from './testdata/expected/network.ts';
import { RADIO_CLIENTS } from './testdata/expected/radio-clients.ts';
import { SYSTEM } from './testdata/expected/system.ts';
import { UNREAD } from './testdata/expected/unread.ts';
import { argumentsOf, collectReplies, commandsOf, repliesOf } from './testing.ts';

const EXPECTED: Expectations = { ...SYSTEM, ...INTERFACES, ...LINKS, ...NETWORK, ...RADIO_CLIENTS, ...UNREAD };

const record = z.strictObject({
  command: z.string(),
  /** What it is of; with the command its name. */
  record: z.string(),
  /** How it was obtained, from which version and model, and what is special about it. */
  source: z.string(),
  reply: z.record(z.string(), z.string()),
});

const RECORDS = readFileSync(join(import.meta.dirname, 'testdata/records.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => record.parse(JSON.parse(line)));

/** Every menu that sends this command, whatever follows it. */
function menusOf(command: string): Menu[] {
  return COLLECTORS.flatMap(({ menus }) => menus).filter((menu) => commandsOf(menu).includes(command));
}

/** Each record with what is expected of it. */
const EXPECTATIONS = RECORDS.map(({ command, record, reply }) => ({
  command,
  record,
  reply,
  expectation: EXPECTED[command]?.[record],
}));
const READ = EXPECTATIONS.flatMap(({ expectation, ...of }) =>
  expectation !== undefined && 'rows' in expectation ? [{ ...of, ...expectation }] : [],
);
const LEFT = EXPECTATIONS.flatMap(({ command, expectation }) =>
  expectation !== undefined && 'unread' in expectation ? [{ command, reason: expectation.unread }] : [],
);

describe('a published reply', () => {
  it.each(READ)(
    'to $command is read as one reads it by eye: $record',
    ({ command, reply, rows, parseErrors = 0, beside = {} }) => {
      const collectors = COLLECTORS.filter(({ menus }) => menus.some((menu) => commandsOf(menu).includes(command)));
      expect(collectors).not.toEqual([]);
      const row = readAttributes(['!re', ...Object.entries(reply).map(([name, value]) => `=${name}=${value}`)]);
      const replies = new Map([...repliesOf(beside), ...menusOf(command).map((menu) => [menu.path, [row]] as const)]);
      const gatherings = collectors.map((collector) => collectReplies(collector, replies));
      const gathered = gatherings.flatMap((gathering) => Object.entries(gathering.rows).filter(([, found]) => found.length > 0));
      expect(Object.fromEntries(gathered)).toEqual(rows);
      for (const gathering of gatherings)
        expect({ parseErrors: gathering.parseErrors, collapsedRows: gathering.collapsedRows }).toEqual({
          parseErrors,
          collapsedRows: 0,
        });
    },
  );

  it.each(LEFT)('to $command is never asked for, since $reason', ({ command }) => {
    expect(menusOf(command).filter((menu) => !argumentsOf(menu).includes('=count-only='))).toEqual([]);
  });

  it('has an expectation', () => {
    const bare = EXPECTATIONS.filter(({ expectation }) => expectation === undefined);
    expect(bare.map(({ command, record }) => `${command}: ${record}`)).toEqual([]);
  });

  it('is named once, and named by every expectation', () => {
    const names = RECORDS.map(({ command, record }) => `${command}: ${record}`);
    expect(new Set(names).size).toBe(names.length);
    const expected = Object.entries(EXPECTED).flatMap(([command, byRecord]) =>
      Object.keys(byRecord).map((record) => `${command}: ${record}`),
    );
    expect(names).toEqual(expect.arrayContaining(expected));
  });
});
