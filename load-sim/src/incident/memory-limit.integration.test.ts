import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChildSpec, startChild } from '../stack/child.ts';
import { groupPlaces } from './group-place.ts';
import { createMemoryLimit, createWatchedLimit } from './memory-limit.ts';

/** Ready, then takes memory until it is killed; says so and ends if it is not. */
const GREEDY = `
process.send({ type: 'ready' });
const taken = [];
const timer = setInterval(() => {
  taken.push(Buffer.alloc(2 ** 23, 1));
  if (taken.length === 75) { process.stderr.write('nobody stopped me'); process.exit(3); }
}, 50);
`;
/** Its child takes much more than the limit, and that is nobody's affair. */
const PARENT = `
const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(
  'setTimeout(() => { Buffer.alloc(2 ** 28, 1); }, 500)',
)}]);
child.on('exit', (code, signal) => { process.stderr.write(signal ?? 'well ' + code); process.exit(0); });
`;
const LIMIT_MB = 160;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-limit-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const program = (code: string): ChildSpec => ({ name: 'hub', args: ['-e', code], logFile: join(folder, 'hub.log') });

describe.each([
  ['the limit of this machine', createMemoryLimit],
  ['the watched limit', createWatchedLimit],
])('%s', (_, create) => {
  it('kills a process that goes beyond it', { timeout: 60_000 }, async () => {
    using limit = create(LIMIT_MB);
    const child = startChild(limit.onto(program(GREEDY)));
    await child.ready;
    expect(await child.ended).toMatchObject({ code: null, signal: 'SIGKILL', stderr: '' });
  });

  it('leaves its children alone', { timeout: 60_000 }, async () => {
    using limit = create(LIMIT_MB);
    expect(await startChild(limit.onto(program(PARENT))).ended).toMatchObject({ code: 0, stderr: 'well 0' });
  });

  it('says what enforces it, and leaves no group behind', () => {
    const limit = create(LIMIT_MB);
    expect(limit.description).toContain(`${LIMIT_MB} MiB for the hub's process`);
    const folders = groupPlaces().map(({ parent }) => join(parent, `poplar-incident-${process.pid}`));
    expect(folders.filter(existsSync)).toHaveLength(limit.kind === 'watched' ? 0 : 1);
    limit[Symbol.dispose]();
    expect(folders.filter(existsSync)).toEqual([]);
  });
});
