/**
 * Folders as earlier versions left them, whole and spoiled (agent/testdata/spool). Each began as three segments of
 * three batches and one of one: 1 to 3 were given up for room and are declared in the journal, 5 is acknowledged.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { batch, createTestSpools, sequences, type TestSpools, waiting } from './fixture.ts';

const TESTDATA = join(import.meta.dirname, '../../testdata/spool');

let spools: TestSpools;
beforeEach(() => {
  spools = createTestSpools();
});
afterEach(() => spools[Symbol.asyncDispose]());

const SPOOL_FULL = '1-3 spool_full';

test.each([
  ['intact', [4, 6, 7, 8, 9, 10], [SPOOL_FULL], 0],
  ['torn-tail', [4, 6, 7, 8, 9, 10], [SPOOL_FULL], 0],
  ['zero-tail', [4, 6, 7, 8, 9, 10], [SPOOL_FULL], 0],
  ['damaged-message', [4, 6, 7, 8, 10], [SPOOL_FULL, '9-9 corrupt'], 0],
  ['damaged-header', [4, 7, 8, 9, 10], [SPOOL_FULL, '6-6 corrupt'], 0],
  ['damaged-file-header', [4, 6, 7, 8, 9, 10], [SPOOL_FULL], 0],
  ['foreign-file', [4, 6, 10], [SPOOL_FULL, '7-9 corrupt'], 1],
  ['empty-file', [4, 6, 10], [SPOOL_FULL, '7-9 corrupt'], 0],
  // The damage hit the declaration itself: a copy is kept, and again the poll numbers show it.
  ['damaged-journal', [4, 6, 7, 8, 9, 10], [], 1],
] as const)('%s: what is left is offered, what is lost is declared', async (name, left, skips, quarantined) => {
  cpSync(join(TESTDATA, name), spools.folder, { recursive: true });
  const spool = await spools.open();
  expect(sequences(spool)).toEqual(left);
  for (const item of waiting(spool)) expect(await spool.read(item)).toEqual(batch(item.sequence, 40).message);
  expect(spool.state().skips.map(({ first, last, reason }) => `${first}-${last} ${reason}`)).toEqual(skips);
  expect(spools.quarantined()).toHaveLength(quarantined);
  await spool.append(batch(1, 40, 8n));
  expect(sequences(spool)).toEqual([...left, 1]);
});
