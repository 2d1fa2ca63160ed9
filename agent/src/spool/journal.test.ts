import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Disk } from './disk.ts';
import { createFaultyDisk, type FaultyDisk } from './fixture.ts';
import { type Journal, openJournal } from './journal.ts';
import { createQuarantine } from './quarantine.ts';
import type { Skip } from './spool.ts';

let folder: string;
let disk: FaultyDisk;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-journal-'));
  disk = createFaultyDisk();
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (on: Disk = disk): Promise<Journal> =>
  openJournal(join(folder, 'journal'), {
    disk: on,
    quarantine: createQuarantine(join(folder, 'quarantine'), on, () => 0),
    onDamage: () => undefined,
  });

const skip = (sequence: number, epoch = 7n): Skip => ({
  epoch,
  first: sequence,
  last: sequence,
  reason: 'spool_full',
  firstPollMs: 1,
  lastPollMs: 2,
});

test('what is acknowledged while the journal is written anew is in it after the next flush', async () => {
  let duringSync = (): void => undefined;
  const journal = await open({
    ...disk,
    async open(path, which) {
      const file = await disk.open(path, which);
      return {
        ...file,
        async sync() {
          await file.sync();
          duringSync();
        },
      };
    },
  });
  journal.ack({ epoch: 7n, first: 1, last: 1 });
  duringSync = () => journal.ack({ epoch: 7n, first: 5, last: 5 });
  await journal.flush();
  await journal.flush();
  await journal.close();
  expect((await open()).ledger.ackedSpans()).toEqual([
    { epoch: 7n, first: 1, last: 1 },
    { epoch: 7n, first: 5, last: 5 },
  ]);
});

test('acknowledgements that a full disk refused are written when it has room', async () => {
  const journal = await open();
  journal.ack({ epoch: 7n, first: 1, last: 1 });
  await journal.flush();
  disk.fault = 'ENOSPC';
  journal.ack({ epoch: 7n, first: 3, last: 3 });
  await journal.flush();
  disk.fault = undefined;
  await journal.flush();
  await journal.close();
  expect((await open()).ledger.ackedSpans()).toHaveLength(2);
});

test('a skip is not durable before the journal has its name: a folder that did not sync is synced with the next one', async () => {
  let synced = 0;
  const journal = await open({
    ...disk,
    async syncFolder(path) {
      await disk.syncFolder(path);
      synced++;
    },
  });
  disk.fault = 'ENOSPC';
  disk.at = 'syncFolder';
  await expect(journal.skip([skip(1)])).rejects.toMatchObject({ code: 'ENOSPC' });
  disk.fault = undefined;
  await journal.skip([skip(1)]);
  expect(synced).toBe(1);
});

test('a damaged journal that cannot be kept is not replaced either', async () => {
  const path = join(folder, 'journal');
  writeFileSync(path, Buffer.alloc(64, 'x'));
  disk.fault = 'ENOSPC';
  disk.at = 'makeFolder';
  const journal = await open();
  await expect(journal.skip([skip(1)])).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(readFileSync(path)).toEqual(Buffer.alloc(64, 'x'));
  disk.fault = undefined;
  await journal.skip([skip(1)]);
  expect(readFileSync(join(folder, 'quarantine/journal'))).toEqual(Buffer.alloc(64, 'x'));
  expect((await open()).ledger.skips).toEqual([skip(1)]);
});

test.each(['write', 'half', 'sync'] as const)(
  'skips that a disk refused (%s) are not in the file, whatever follows',
  async (at) => {
    const journal = await open();
    await journal.skip([skip(1)]);
    disk.fault = 'ENOSPC';
    disk.at = at;
    await expect(journal.skip([skip(3), skip(5), skip(7)])).rejects.toMatchObject({ code: 'ENOSPC' });
    disk.fault = undefined;
    expect((await open()).ledger.skips).toEqual([skip(1)]);
    await journal.skip([skip(9)]);
    await journal.close();
    expect((await open()).ledger.skips).toEqual([skip(1), skip(9)]);
  },
);
