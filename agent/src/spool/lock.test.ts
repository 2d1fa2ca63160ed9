import { lutimesSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from './lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A lock as a process leaves it that does not know its start: one under Deno, or not on Linux. */
function place(pid: number): string {
  const path = join(folder, 'lock');
  symlinkSync(`${pid} - ${hostname()}`, path);
  return path;
}

test('a lock without a start is respected while its owner touches it', async () => {
  const path = place(process.pid);
  const heartbeat = setInterval(() => lutimesSync(path, new Date(), new Date()), 100);
  try {
    await expect(lockFolder(folder, new AbortController().signal)).rejects.toThrow(`process id ${process.pid} uses it`);
  } finally {
    clearInterval(heartbeat);
  }
});

test('a lock without a start is taken over at once when its owner is gone', async () => {
  place(2 ** 22 + 1);
  await using lock = await lockFolder(folder, new AbortController().signal);
  expect(lock).toBeDefined();
});

test('a lock without a start is taken over when another process has the id, and never touches it', async () => {
  place(process.pid);
  await using lock = await lockFolder(folder, new AbortController().signal);
  expect(lock).toBeDefined();
});
