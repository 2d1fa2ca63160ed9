/** Needs user and mount namespaces (`unshare -Urm`); where there are none the test fails and says so. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { mountSpoolDisk, type SpoolDisk } from './spool-disk.ts';

let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'poplar-disk-'));
  folder = join(root, 'disk');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

/** Runs a line of shell where the disk is. */
function inside({ inside: [program = '', ...others] }: SpoolDisk, line: string) {
  return spawnSync(program, [...others, 'sh', '-c', line], { cwd: folder, encoding: 'utf8' });
}

const write = (disk: SpoolDisk, file: string) => inside(disk, `head -c 100000 /dev/zero > ${folder}/${file}`);

it('is full, has room again, and keeps what is on it while the programs on it come and go', async () => {
  await using disk = await mountSpoolDisk(folder);
  expect(write(disk, 'one')).toMatchObject({ status: 0 });
  expect(await disk.fill()).toBe(true);
  const refused = write(disk, 'two');
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toMatch(/No space left/);
  expect(() => writeFileSync(join(disk.path, 'three'), Buffer.alloc(100_000))).toThrow('ENOSPC');
  rmSync(join(disk.path, 'two'));
  rmSync(join(disk.path, 'three'));
  // What was on it is room too.
  rmSync(join(disk.path, 'one'));
  expect(write(disk, 'four')).toMatchObject({ status: 0 });
  expect(await disk.fill()).toBe(true);
  expect(write(disk, 'five').status).not.toBe(0);
  await disk.empty();
  expect(write(disk, 'six')).toMatchObject({ status: 0 });
  expect(readFileSync(join(disk.path, 'six'))).toEqual(Buffer.alloc(100_000));
  // Nobody else sees it.
  expect(readdirSync(folder)).toEqual([]);
});

it('goes with the one who mounted it', async () => {
  const disk = await mountSpoolDisk(folder);
  expect(existsSync(disk.path)).toBe(true);
  await disk[Symbol.asyncDispose]();
  expect(existsSync(disk.path)).toBe(false);
});

it('is a clear error where there are no namespaces, or no program that makes them', async () => {
  vi.stubEnv('PATH', root);
  const hint = 'name the other kinds with --faults where there are none';
  await expect(mountSpoolDisk(folder)).rejects.toThrow(/Cannot give the agent a disk of its own: .*ENOENT/);
  writeFileSync(join(root, 'unshare'), '#!/bin/sh\necho "unshare failed: Operation not permitted" >&2\nexit 1\n', {
    mode: 0o755,
  });
  await expect(mountSpoolDisk(folder)).rejects.toThrow('its own: unshare failed: Operation not permitted. spool_full needs');
  await expect(mountSpoolDisk(folder)).rejects.toThrow(hint);
});
