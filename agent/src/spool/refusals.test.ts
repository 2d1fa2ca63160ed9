/** The spool on a disk that refuses: nothing is lost, nothing declared that was not, and it goes on afterwards. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { batch, createTestSpools, fill, sequences, type TestSpools, waiting } from './fixture.ts';
import { HEADER_BYTES } from './record.ts';

let spools: TestSpools;
beforeEach(() => {
  spools = createTestSpools();
});
afterEach(() => spools[Symbol.asyncDispose]());

const RECORD_BYTES = HEADER_BYTES + 100;
/** Four records to a segment. */
const SMALL = { segmentBytesMax: HEADER_BYTES + 4 * RECORD_BYTES };

/** Changes a byte of the first segment. */
function damage(at: number): void {
  const path = join(spools.folder, spools.segments()[0] ?? '');
  const content = readFileSync(path);
  content[at] = (content[at] ?? 0) ^ 0xff;
  writeFileSync(path, content);
}

test.each(['write', 'half', 'sync'] as const)(
  'a full disk (%s) refuses the batch, keeps the others, and takes it later',
  async (at) => {
    const spool = await spools.open(SMALL);
    await fill(spool, 1, 3);
    spools.disk.at = at;
    spools.disk.fault = 'ENOSPC';
    for (let attempt = 0; attempt < 3; attempt++) await expect(spool.append(batch(4))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(sequences(spool)).toEqual([1, 2, 3]);
    spool.ack({ epoch: 7n, first: 1, last: 1 });
    spools.disk.fault = undefined;
    await fill(spool, 4, 9);
    expect(sequences(spool)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    const killed = await spools.openAfterKill(SMALL);
    expect([...new Set(sequences(killed))].filter((sequence) => sequence > 1)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    for (const item of waiting(killed)) expect(await killed.read(item)).toEqual(batch(item.sequence).message);
  },
);

test('a disk that is full for the declaration refuses the batch rather than giving up another silently', async () => {
  const config = { ...SMALL, bytesMax: 2 * SMALL.segmentBytesMax };
  const spool = await spools.open(config);
  spool.ack({ epoch: 6n, first: 1, last: 1 });
  await fill(spool, 1, 8);
  spools.disk.fault = 'ENOSPC';
  await expect(spool.append(batch(9))).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(sequences(spool)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  spools.disk.at = 'sync';
  await expect(spool.append(batch(9))).rejects.toMatchObject({ code: 'ENOSPC' });
  spools.disk.fault = undefined;
  const killed = await spools.openAfterKill(config);
  expect(sequences(killed)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  await fill(killed, 9, 9);
  expect(sequences(killed)).toEqual([5, 6, 7, 8, 9]);
});

test('a damaged batch on a full disk is left for later and does not stop the reader', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 3);
  damage(HEADER_BYTES + HEADER_BYTES + 10);
  const [first] = waiting(spool);
  spools.disk.fault = 'ENOSPC';
  expect(first && (await spool.read(first))).toBeUndefined();
  expect(spool.state().skips).toEqual([]);
  spools.disk.fault = undefined;
  expect(first && (await spool.read(first))).toBeUndefined();
  expect(spool.state().skips).toMatchObject([{ first: 1, last: 1, reason: 'corrupt' }]);
});

test('damage found at the start on a full disk is declared once there is room, and keeps nothing from being sent', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 8);
  await spool[Symbol.asyncDispose]();
  damage(HEADER_BYTES + RECORD_BYTES);
  spools.disk.fault = 'ENOSPC';
  const full = await spools.open(SMALL);
  expect(sequences(full)).toEqual([1, 3, 4, 5, 6, 7, 8]);
  full.ack({ epoch: 7n, first: 3, last: 8 });
  full.ack({ epoch: 7n, first: 1, last: 1 });
  await full[Symbol.asyncDispose]();
  expect(full.state().skips).toEqual([]);
  spools.disk.fault = undefined;
  const again = await spools.open(SMALL);
  expect(again.state().skips).toMatchObject([{ first: 2, last: 2, reason: 'corrupt' }]);
  await again[Symbol.asyncDispose]();
});

test('a segment that the disk does not let go of is removed later', async () => {
  const spool = await spools.open(SMALL);
  await fill(spool, 1, 8);
  spools.disk.fault = 'EROFS';
  spools.disk.at = 'remove';
  spool.ack({ epoch: 7n, first: 1, last: 4 });
  await expect(spool.giveUp({ ...batch(5), position: 99, bytes: 0 }, 'refused')).resolves.toBeUndefined();
  expect(spools.segments()).toHaveLength(2);
  spools.disk.fault = undefined;
  spool.ack({ epoch: 7n, first: 5, last: 5 });
  await spool[Symbol.asyncDispose]();
  expect(spools.segments()).toHaveLength(1);
});

test.each(['makeFolder', 'open', 'write', 'sync', 'rename', 'syncFolder'] as const)(
  'a batch whose bytes cannot be kept (%s) is not given up',
  async (at) => {
    const spool = await spools.open(SMALL);
    await fill(spool, 1, 1);
    const [item] = waiting(spool);
    if (item === undefined) throw new Error('nothing waits');
    spools.disk.at = at;
    spools.disk.fault = 'ENOSPC';
    await expect(spool.giveUp(item, 'refused')).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(sequences(spool)).toEqual([1]);
    spools.disk.fault = undefined;
    await spool.giveUp(item, 'refused');
    const killed = await spools.openAfterKill(SMALL);
    expect(killed.state().skips).toMatchObject([{ first: 1, last: 1, reason: 'refused' }]);
  },
);
