/**
 * Folders as earlier versions left them, whole and spoiled (agent/testdata/spool). Each began as three segments of
 * three batches and one of one: 1 to 3 were given up for room and are declared in the journal, 5 is acknowledged.
 */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { batch, createTestSpools, sequences, type TestSpools, waiting } from './fixture.ts';
import type { Spool } from './spool.ts';

const TESTDATA = join(import.meta.dirname, '../../testdata/spool');

let spools: TestSpools;
beforeEach(() => {
  spools = createTestSpools();
});
afterEach(() => spools[Symbol.asyncDispose]());

interface Golden {
  readonly name: string;
  readonly what: string;
  /** Batches that are offered with their bytes. */
  readonly left: readonly number[];
  /** What the hub is told. */
  readonly declared: readonly string[];
  /** Files that are kept for people: at once, and when everything else was answered. */
  readonly atOnce?: readonly string[];
  readonly inTheEnd?: readonly string[];
}

const ALL = [4, 6, 7, 8, 9, 10];
const FULL = '1-3 spool_full';
const [SECOND, THIRD, FOURTH] = ['000000000002.segment', '000000000003.segment', '000000000004.segment'];

const goldens: readonly Golden[] = [
  { name: 'intact', what: 'nothing is wrong', left: ALL, declared: [FULL] },
  { name: 'torn-tail', what: 'a record that was being written is cut off', left: ALL, declared: [FULL] },
  { name: 'zero-tail', what: 'zeros behind the last record are cut off', left: ALL, declared: [FULL] },
  {
    name: 'torn-middle',
    what: 'an older file that lost its end costs the batch that is missing',
    left: [4, 6, 7, 8, 10],
    declared: [FULL, '9-9 corrupt'],
    inTheEnd: [THIRD],
  },
  {
    name: 'flipped-byte',
    what: 'a bit of a message is found when it is read, and costs that batch',
    left: [4, 6, 7, 9, 10],
    declared: [FULL, '8-8 corrupt'],
    inTheEnd: [THIRD],
  },
  {
    name: 'damaged-message',
    what: 'damage at the end of a file is found at once',
    left: [4, 6, 7, 8, 10],
    declared: [FULL, '9-9 corrupt'],
    inTheEnd: [THIRD],
  },
  {
    name: 'damaged-header',
    what: 'a record without a header costs what lies between its neighbours',
    left: [4, 7, 8, 9, 10],
    declared: [FULL, '6-6 corrupt'],
    inTheEnd: [SECOND],
  },
  {
    name: 'damaged-file-header',
    what: 'the records behind it are found',
    left: ALL,
    declared: [FULL],
    inTheEnd: [THIRD],
  },
  {
    name: 'truncated-header',
    what: 'a stump of a file costs what lies between its neighbours',
    left: [4, 6, 10],
    declared: [FULL, '7-9 corrupt'],
    atOnce: [THIRD],
  },
  {
    name: 'foreign-file',
    what: 'a file of something else costs what lies between its neighbours',
    left: [4, 6, 10],
    declared: [FULL, '7-9 corrupt'],
    atOnce: [THIRD],
  },
  {
    name: 'empty-file',
    what: 'there is nothing to keep of it',
    left: [4, 6, 10],
    declared: [FULL, '7-9 corrupt'],
  },
  { name: 'foreign-names', what: 'files with other names are left alone', left: ALL, declared: [FULL] },
  {
    name: 'duplicate-segment',
    what: 'a batch that is there twice is offered once',
    left: [4, 6, 10, 7, 8, 9],
    declared: [FULL],
  },
  {
    name: 'damaged-duplicate',
    what: 'the intact record of two is offered',
    left: [4, 6, 8, 10, 7, 9],
    declared: [FULL],
    inTheEnd: ['000000000005.segment'],
  },
  {
    name: 'missing-journal',
    what: 'what was answered is sent again; what was declared shows in the poll numbers',
    left: [4, 5, 6, 7, 8, 9, 10],
    declared: [],
  },
  {
    name: 'torn-journal',
    what: 'the half of an acknowledgement is none: its batch is sent again',
    left: [4, 5, 6, 7, 8, 9, 10],
    declared: [FULL],
  },
  {
    name: 'damaged-journal',
    what: 'the damage hit the declaration itself: the poll numbers show it',
    left: ALL,
    declared: [],
    atOnce: ['journal'],
  },
];

function declared(spool: Spool): string[] {
  return spool.state().skips.map(({ first, last, reason }) => `${first}-${last} ${reason}`);
}

/** The original names of what was kept. */
const kept = (): string[] => spools.quarantined().map((name) => name.replace(/\.\d+$/, ''));

test.each(goldens)('$name: $what', async ({ name, left, declared: losses, atOnce = [], inTheEnd = [] }) => {
  cpSync(join(TESTDATA, name), spools.folder, { recursive: true });
  const spool = await spools.open();
  expect(kept()).toEqual(atOnce);
  const read = new Map<number, Buffer>();
  for (const item of waiting(spool)) {
    const message = await spool.read(item);
    if (message !== undefined) read.set(item.sequence, Buffer.from(message));
  }
  expect([...read.keys()]).toEqual(left);
  for (const [sequence, message] of read) expect(message).toEqual(batch(sequence, 40).message);
  expect(declared(spool)).toEqual(losses);
  await spool.append(batch(1, 40, 8n));
  expect(sequences(spool)).toEqual([...left, 1]);
  spool.ack({ epoch: 7n, first: 1, last: 10 });
  spool.ack({ epoch: 8n, first: 1, last: 1 });
  await spool[Symbol.asyncDispose]();
  expect(spools.segments().filter((segment) => /^[0-9a-f]{12}\./.test(segment))).toEqual([]);
  expect(kept()).toEqual([...atOnce, ...inTheEnd]);
});

test('what is kept aside is the file as it was', async () => {
  cpSync(join(TESTDATA, 'foreign-file'), spools.folder, { recursive: true });
  await spools.open();
  const [name] = spools.quarantined();
  const original = readFileSync(join(TESTDATA, 'foreign-file', THIRD));
  expect(readFileSync(join(spools.folder, 'quarantine', name ?? ''))).toEqual(original);
});

test.each(['newer-segment', 'newer-journal'])('%s: the agent refuses to start and changes nothing', async (name) => {
  cpSync(join(TESTDATA, name), spools.folder, { recursive: true });
  const content = (folder: string): Map<string, Buffer> =>
    new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]));
  await expect(spools.open()).rejects.toThrow(/has version 2 and this agent knows 1; start the newer agent again/);
  expect(content(spools.folder)).toEqual(content(join(TESTDATA, name)));
});

test('foreign-names: the files of others are still there', async () => {
  cpSync(join(TESTDATA, 'foreign-names'), spools.folder, { recursive: true });
  await using _ = await spools.open();
  expect(readdirSync(spools.folder)).toEqual(expect.arrayContaining(['notes.txt', '00000000000G.segment', FOURTH]));
});
