import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readJournal } from '../verify/replies.ts';
import { openJournal } from './journal.ts';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'poplar-journal-'));
  file = join(folder, 'truth.journal');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const never = (error: Error): never => {
  throw error;
};

describe('the truth journal', () => {
  it('is written within moments while it is open', async () => {
    await using journal = await openJournal(file, never);
    journal.served(1000, 3, '/interface', 9);
    await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toBe('[1000,3,"/interface",9]\n'));
  });

  it('is whole once it is closed, continues where it was, and is read back', async () => {
    for (const atMs of [1000, 2000]) {
      await using journal = await openJournal(file, never);
      journal.served(atMs, 0, '/interface', 9);
      journal.served(atMs + 1, 1, '/system/resource', 1);
    }
    const { replies } = await readJournal(file);
    expect(Array.from(replies.get(0)?.all() ?? [], ({ atMs, menu, rows }) => [atMs, menu, rows])).toEqual([
      [1000, '/interface', 9],
      [2000, '/interface', 9],
    ]);
    expect(
      replies
        .get(1)
        ?.within(['/system/resource'], 1500, 2001)
        .map(({ atMs }) => atMs),
    ).toEqual([2001]);
  });

  it('tells when the simulator was held up', async () => {
    {
      await using journal = await openJournal(file, never);
      journal.served(1000, 0, '/interface', 9);
      journal.heldUp(2000.5, 16_000.25);
      journal.served(17_000, 0, '/interface', 9);
    }
    const { replies, heldUp } = await readJournal(file);
    expect([...(replies.get(0)?.all() ?? [])]).toHaveLength(2);
    expect(heldUp).toEqual([{ fromMs: 2000, toMs: 16_001 }]);
  });

  it('may end in a torn line, but have none within', async () => {
    await appendFile(file, '[1000,0,"/interface",9]\n[2000,0,"/inter');
    expect(Array.from((await readJournal(file)).replies.get(0)?.all() ?? [])).toHaveLength(1);
    await appendFile(file, '[3000,0,"/interface",9]\n[4000,0,"/interface",9]\n');
    await expect(readJournal(file)).rejects.toThrow(/line 2 is not a reply/);
  });
});
