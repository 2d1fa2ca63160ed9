import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { batch, createTestSpools, fill, START_MS, sequences, type TestSpools, waiting } from './fixture.ts';
import { encodeRecord, HEADER_BYTES } from './record.ts';

let spools: TestSpools;
beforeEach(() => {
  spools = createTestSpools();
});
afterEach(() => spools[Symbol.asyncDispose]());

const RECORD_BYTES = HEADER_BYTES + 100;
/** Four records to a segment. */
const SMALL = { segmentBytesMax: HEADER_BYTES + 4 * RECORD_BYTES };

/** Changes bytes of a file in place. */
function damage(name: string, at: number, bytes = 1): void {
  const path = join(spools.folder, name);
  const content = readFileSync(path);
  for (let i = at; i < at + bytes; i++) content[i] = (content[i] ?? 0) ^ 0xff;
  writeFileSync(path, content);
}

function segmentAt(index: number): string {
  return spools.segments().at(index) ?? '';
}

test('batches come back in the order they were appended, with the bytes they had', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 10);
  expect(sequences(spool)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const item = waiting(spool)[6];
  expect(item).toEqual({ position: 7, epoch: 7n, sequence: 7, contentHash: 7_000_007n, bytes: 100 });
  expect(item && (await spool.read(item))).toEqual(batch(7).message);
  expect(spool.state()).toEqual({ newest: 10, skips: [] });
  expect(spool.next(10)).toBeUndefined();
});

test('batches survive a kill, and a new run writes behind the old one', async () => {
  await fill(await spools.open(SMALL), 1, 6);
  const reopened = await spools.openAfterKill(SMALL);
  await fill(reopened, 1, 2, 8n);
  expect(waiting(reopened).map(({ epoch, sequence }) => `${epoch}/${sequence}`)).toEqual([
    '7/1',
    '7/2',
    '7/3',
    '7/4',
    '7/5',
    '7/6',
    '8/1',
    '8/2',
  ]);
});

test('acks in any order remove batches, and segments once they are done', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 12);
  spool.ack({ epoch: 7n, first: 6, last: 7 });
  spool.ack({ epoch: 7n, first: 2, last: 3 });
  spool.ack({ epoch: 99n, first: 1, last: 12 });
  expect(sequences(spool)).toEqual([1, 4, 5, 8, 9, 10, 11, 12]);
  spool.ack({ epoch: 7n, first: 1, last: 12 });
  expect(sequences(spool)).toEqual([]);
  await spool[Symbol.asyncDispose]();
  expect(spools.segments()).toEqual([]);
});

test('acks are remembered over a restart', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 8);
  spool.ack({ epoch: 7n, first: 2, last: 3 });
  await spool[Symbol.asyncDispose]();
  expect(sequences(await spools.open(SMALL))).toEqual([1, 4, 5, 6, 7, 8]);
});

test('a lost journal sends batches again and loses none', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 8);
  spool.ack({ epoch: 7n, first: 2, last: 3 });
  await spool[Symbol.asyncDispose]();
  rmSync(join(spools.folder, 'journal'));
  const reopened = await spools.open(SMALL);
  expect(sequences(reopened)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(reopened.state().skips).toEqual([]);
});

test('a full spool gives up its oldest segment and declares it until that is acknowledged', async () => {
  const config = { ...SMALL, bytesMax: 3 * SMALL.segmentBytesMax };
  const spool = await spools.open(config);
  await fill(spool, 1, 12);
  spool.ack({ epoch: 7n, first: 2, last: 2 });
  await fill(spool, 13, 13);
  expect(sequences(spool)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13]);
  const skip = { epoch: 7n, reason: 'spool_full' };
  const skips = [
    { ...skip, first: 1, last: 1, firstPollMs: START_MS + 1000, lastPollMs: START_MS + 1900 },
    { ...skip, first: 3, last: 4, firstPollMs: START_MS + 3000, lastPollMs: START_MS + 4900 },
  ];
  expect(spool.state().skips).toEqual(skips);
  const killed = await spools.openAfterKill(config);
  expect(killed.state().skips).toEqual(skips);
  killed.ack({ epoch: 7n, first: 1, last: 4 });
  await killed[Symbol.asyncDispose]();
  expect((await spools.open(config)).state().skips).toEqual([]);
});

test('a full spool gives up nothing while finished segments hold the room', async () => {
  const spool = await spools.open({ ...SMALL, bytesMax: 3 * SMALL.segmentBytesMax });
  await fill(spool, 1, 12);
  const appended = spool.append(batch(13));
  spool.ack({ epoch: 7n, first: 5, last: 8 });
  await appended;
  expect(sequences(spool)).toEqual([1, 2, 3, 4, 9, 10, 11, 12, 13]);
  expect(spool.state().skips).toEqual([]);
});

test('a full spool gives up nothing while the segment being written is finished', async () => {
  const spool = await spools.open({ ...SMALL, bytesMax: SMALL.segmentBytesMax + HEADER_BYTES + 2 * RECORD_BYTES });
  await fill(spool, 1, 6);
  const appended = spool.append(batch(7));
  spool.ack({ epoch: 7n, first: 5, last: 6 });
  await appended;
  expect(sequences(spool)).toEqual([1, 2, 3, 4, 7]);
  expect(spool.state().skips).toEqual([]);
});

test('giving up segment after segment leaves one skip, not one per segment', async () => {
  const spool = await spools.open({ ...SMALL, bytesMax: 2 * SMALL.segmentBytesMax });
  await fill(spool, 1, 40);
  expect(spool.state().skips).toEqual([
    { epoch: 7n, first: 1, last: 32, reason: 'spool_full', firstPollMs: START_MS + 1000, lastPollMs: START_MS + 32_900 },
  ]);
});

test('an item that was given up meanwhile reads as gone, not as damage', async () => {
  const spool = await spools.open({ ...SMALL, bytesMax: 2 * SMALL.segmentBytesMax });
  await fill(spool, 1, 8);
  const [oldest] = waiting(spool);
  await fill(spool, 9, 9);
  expect(oldest && (await spool.read(oldest))).toBeUndefined();
  expect(spool.state().skips.map(({ reason }) => reason)).toEqual(['spool_full']);
});

test.each([
  ['half a header', Buffer.alloc(HEADER_BYTES / 2, 1)],
  ['zeros', Buffer.alloc(500)],
  ['a record without the end of its message', encodeRecord(batch(7)).subarray(0, 120)],
])('a torn tail (%s) is cut off and costs nothing', async (_, tail) => {
  await fill(await spools.open(), 1, 6);
  const killed = await spools.openAfterKill({}, tail);
  expect(sequences(killed)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(killed.state().skips).toEqual([]);
  expect(statSync(join(spools.folder, segmentAt(0))).size).toBe(HEADER_BYTES + 6 * RECORD_BYTES);
  expect(spools.quarantined()).toEqual([]);
});

test('a damaged message costs its own batch: declared, the file kept aside when the others are done', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 8);
  damage(segmentAt(0), HEADER_BYTES + RECORD_BYTES + HEADER_BYTES + 10);
  const [, second] = waiting(spool);
  expect(second && (await spool.read(second))).toBeUndefined();
  expect(spool.state().skips).toEqual([
    { epoch: 7n, first: 2, last: 2, reason: 'corrupt', firstPollMs: START_MS + 2000, lastPollMs: START_MS + 2900 },
  ]);
  expect(sequences(spool)).toEqual([1, 3, 4, 5, 6, 7, 8]);
  spool.ack({ epoch: 7n, first: 1, last: 8 });
  await spool[Symbol.asyncDispose]();
  expect(spools.quarantined()).toEqual([expect.stringMatching(/^000000000001\.segment\.\d+$/)]);
});

test.each([
  ['a record header in the middle', 0, HEADER_BYTES + RECORD_BYTES, 1, [2, 2], [1, 3, 4, 5, 6, 7, 8]],
  ['two records', 0, HEADER_BYTES + RECORD_BYTES, RECORD_BYTES + 70, [2, 3], [1, 4, 5, 6, 7, 8]],
  ['the last header of a segment', 0, HEADER_BYTES + 3 * RECORD_BYTES, 1, [4, 4], [1, 2, 3, 5, 6, 7, 8]],
  ['the first header of a segment', 1, HEADER_BYTES, 1, [5, 5], [1, 2, 3, 4, 6, 7, 8]],
  ['the last message of a segment', 0, HEADER_BYTES + 4 * RECORD_BYTES - 1, 1, [4, 4], [1, 2, 3, 5, 6, 7, 8]],
  ['the header of a file and its first record', 1, 0, HEADER_BYTES + 10, [5, 5], [1, 2, 3, 4, 6, 7, 8]],
  ['the last message of all', 1, HEADER_BYTES + 4 * RECORD_BYTES - 1, 1, [8, 8], [1, 2, 3, 4, 5, 6, 7]],
  ['the last header of all', 1, HEADER_BYTES + 3 * RECORD_BYTES, 1, [8, 8], [1, 2, 3, 4, 5, 6, 7]],
] as const)('damage found at the start costs what it hit: %s', async (_, segment, at, bytes, lost, left) => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 8);
  await spool[Symbol.asyncDispose]();
  damage(segmentAt(segment), at, bytes);
  const reopened = await spools.open(SMALL);
  expect(sequences(reopened)).toEqual(left);
  expect(reopened.state().skips).toMatchObject([{ epoch: 7n, first: lost[0], last: lost[1], reason: 'corrupt' }]);
  await reopened[Symbol.asyncDispose]();
  const again = await spools.open(SMALL);
  expect(again.state().skips).toHaveLength(1);
  again.ack({ epoch: 7n, first: 1, last: 8 });
  await again[Symbol.asyncDispose]();
  expect(spools.segments()).toEqual([]);
  expect(spools.quarantined()).toHaveLength(1);
});

test('acknowledged batches next to damage are not declared as lost', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 12);
  spool.ack({ epoch: 7n, first: 5, last: 8 });
  spool.ack({ epoch: 7n, first: 2, last: 2 });
  await spool[Symbol.asyncDispose]();
  expect(spools.segments()).toHaveLength(2);
  damage(segmentAt(0), HEADER_BYTES + 3 * RECORD_BYTES);
  const reopened = await spools.open(SMALL);
  expect(reopened.state().skips).toMatchObject([{ first: 4, last: 4 }]);
  expect(sequences(reopened)).toEqual([1, 3, 9, 10, 11, 12]);
});

test('a segment without a readable record is kept aside and what it held is declared', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 12);
  await spool[Symbol.asyncDispose]();
  writeFileSync(join(spools.folder, segmentAt(1)), Buffer.alloc(SMALL.segmentBytesMax, 'x'));
  const reopened = await spools.open(SMALL);
  expect(sequences(reopened)).toEqual([1, 2, 3, 4, 9, 10, 11, 12]);
  expect(reopened.state().skips).toMatchObject([{ first: 5, last: 8, reason: 'corrupt' }]);
  expect(spools.quarantined()).toHaveLength(1);
});

test('a damaged slot of the journal costs itself alone, and a copy is kept', async () => {
  const config = { ...SMALL, bytesMax: 2 * SMALL.segmentBytesMax };
  const spool = await spools.open(config);
  await fill(spool, 1, 12);
  spool.ack({ epoch: 7n, first: 9, last: 9 });
  await spool[Symbol.asyncDispose]();
  const entries = statSync(join(spools.folder, 'journal')).size / 64;
  damage('journal', (entries - 1) * 64 + 20);
  const reopened = await spools.open(config);
  expect(reopened.state().skips).toMatchObject([{ first: 1, last: 4 }]);
  expect(sequences(reopened)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
  expect(spools.quarantined()).toEqual(['journal']);
});

test('an agent whose folder was taken over writes and removes nothing more, and says why', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 8);
  const lock = join(spools.folder, 'lock');
  rmSync(lock);
  symlinkSync(`1 1 another-host`, lock);
  await expect(spool.append(batch(9))).rejects.toThrow(
    /^Cannot go on with the spool .*: another agent has taken it over; see that only one is started on it$/,
  );
  spool.ack({ epoch: 7n, first: 1, last: 8 });
  await spool[Symbol.asyncDispose]();
  expect(spools.segments()).toHaveLength(2);
  expect(readlinkSync(lock)).toBe('1 1 another-host');
});

test('a lock that was merely removed is made again', async () => {
  const spool = await spools.open(SMALL);
  const lock = join(spools.folder, 'lock');
  const text = readlinkSync(lock);
  rmSync(lock);
  await fill(spool, 1, 1);
  expect(readlinkSync(lock)).toBe(text);
});

test('a journal and a segment that no disk gives back cost what they held, and keep nobody from starting', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 12);
  spool.ack({ epoch: 7n, first: 2, last: 2 });
  await spool[Symbol.asyncDispose]();
  for (const name of ['journal', segmentAt(1)]) {
    rmSync(join(spools.folder, name));
    mkdirSync(join(spools.folder, name));
  }
  const reopened = await spools.open(SMALL);
  expect(sequences(reopened)).toEqual([1, 2, 3, 4, 9, 10, 11, 12]);
  expect(reopened.state().skips).toMatchObject([{ first: 5, last: 8, reason: 'corrupt' }]);
  expect(spools.quarantined()).toEqual([
    expect.stringMatching(/^000000000002\.segment\.\d+$/),
    expect.stringMatching(/^journal\.\d+$/),
  ]);
});

test('a folder that cannot be made is a message that names spool.folder', async () => {
  writeFileSync(spools.folder, 'a file');
  await expect(spools.open(SMALL)).rejects.toThrow(
    /^Cannot use the spool .*; set spool\.folder to a folder that the agent may write$/,
  );
});

test('a batch that was given up is declared, its bytes kept, and is not offered again', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 3);
  const [, second] = waiting(spool);
  if (second !== undefined) await spool.giveUp(second, 'too_large');
  const killed = await spools.openAfterKill(SMALL);
  expect(sequences(killed)).toEqual([1, 3]);
  expect(killed.state().skips).toMatchObject([{ first: 2, last: 2, reason: 'too_large', firstPollMs: START_MS + 2000 }]);
  expect(spools.quarantined()).toEqual(['0000000000000007-2.batch']);
  expect(readFileSync(join(spools.folder, 'quarantine', '0000000000000007-2.batch'))).toEqual(batch(2).message);
});

test('the journal stays small over a hundred thousand acks', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 3);
  for (let sequence = 10; sequence < 100_000; sequence++) {
    spool.ack({ epoch: 7n, first: sequence, last: sequence });
    if (sequence % 1000 === 0) await spool.append(batch(1, 100, BigInt(sequence)));
  }
  await spool[Symbol.asyncDispose]();
  expect(statSync(join(spools.folder, 'journal')).size).toBeLessThan(200 * 1024);
});

test('a spool that was written by a newer version is refused with what to do', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 1);
  await spool[Symbol.asyncDispose]();
  const path = join(spools.folder, segmentAt(0));
  const newer = readFileSync(path);
  newer.writeUInt32LE(2, 8);
  newer.writeUInt32LE(crc32(newer.subarray(0, 60)), 60);
  writeFileSync(path, newer);
  await expect(spools.open(SMALL)).rejects.toThrow(/has version 2 and this agent knows 1; start the newer agent again/);
  expect(spools.segments()).toHaveLength(1);
});

test('a folder that is in use is refused', async () => {
  await spools.open();
  await expect(spools.open()).rejects.toThrow(
    /the agent with process id \d+ uses it; stop that one or set another spool\.folder/,
  );
});

test.each([
  ['a link', (text: string, path: string) => symlinkSync(text, path)],
  ['a file, where there are no links', (text: string, path: string) => writeFileSync(path, text)],
])('a lock whose process is gone is taken over (%s)', async (_, place) => {
  const spool = await spools.open();
  await spool[Symbol.asyncDispose]();
  place(`${2 ** 22 + 1} 1 ${hostname()}`, join(spools.folder, 'lock'));
  await expect(spools.open()).resolves.toBeDefined();
});

test('a lock of a living process on this host is respected, in a file too', async () => {
  const spool = await spools.open();
  const path = join(spools.folder, 'lock');
  const text = readlinkSync(path);
  rmSync(path);
  writeFileSync(path, text);
  await expect(spools.open()).rejects.toThrow(`process id ${process.pid} uses it`);
  await spool[Symbol.asyncDispose]();
  expect(readdirSync(spools.folder)).not.toContain('lock');
});
