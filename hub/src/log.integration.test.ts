import { execFileSync, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const PROGRAM = `
import { createLog } from ${JSON.stringify(new URL('./log.ts', import.meta.url).href)};
let dropped = 0;
const log = createLog('info', () => { dropped++; });
for (let line = 0; line < 50_000; line++) log.info({ line }, 'a line that goes nowhere, again and again');
setTimeout(() => { process.stderr.write('dropped ' + dropped); process.exitCode = 7; setTimeout(() => process.exit(), 1000).unref(); }, 1500);
`;
/** A process that does not end fails its test, and must not outlive it. */
const END = { timeout: 40_000, killSignal: 'SIGKILL' } as const;
const HUB = new URL('./main.ts', import.meta.url).pathname;

let folder: string;
let opened: number[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-log-'));
  opened = [];
});
afterEach(() => {
  for (const file of opened) closeSync(file);
  rmSync(folder, { recursive: true });
});

function fullDisk(): number {
  return kept(openSync('/dev/full', 'w'));
}

/** The writing end of a pipe that is full and that nobody reads. */
function fullPipe(): number {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const both = kept(openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
  try {
    for (;;) writeSync(both, 'x'.repeat(4096));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
  }
  return kept(openSync(path, 'w'));
}

function kept(file: number): number {
  opened.push(file);
  return file;
}

describe('the log', () => {
  it.each([
    ['a full disk', fullDisk],
    ['a pipe that nobody reads', fullPipe],
    // Node connects processes by sockets.
    ['a socket that nobody reads', () => 'pipe' as const],
  ])('costs lines, not the process, when stdout is %s', { timeout: 60_000 }, async (_, stdout) => {
    const stdio: StdioOptions = ['ignore', stdout(), 'pipe'];
    const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], { stdio, ...END });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(7);
    expect(stderr).toMatch(/^dropped [1-9]\d+$/);
  });
});

describe('a hub whose log nobody reads', () => {
  it('becomes ready, and ends when it is told to', { timeout: 60_000 }, async () => {
    const config = join(folder, 'hub.yaml');
    writeFileSync(
      config,
      `data_dir: ./data
http: { port: 0 }
grpc: { port: 0 }
clickhouse: { embedded: { port: 0, memory_bytes_max: 1073741824 } }
agents: [{ name: fra1, token: the-token-of-fra1 }]
log: { level: debug }
`,
    );
    const hub = spawn(process.execPath, [HUB, '--config', config], { stdio: ['ignore', fullPipe(), 'ignore', 'ipc'], ...END });
    const exited = once(hub, 'exit');
    const [message] = await once(hub, 'message');
    expect(message).toMatchObject({ type: 'ready' });
    hub.send({ type: 'stop' });
    expect(await exited).toEqual([0, null]);
  });
});
