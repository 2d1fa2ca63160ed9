import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const PROGRAM = `
import { createLog } from ${JSON.stringify(new URL('./log.ts', import.meta.url).href)};
let dropped = 0;
const log = createLog('info', () => { dropped++; });
for (let line = 0; line < 50_000; line++) log.info({ line }, 'a line that goes nowhere, again and again');
setTimeout(() => { process.stderr.write('dropped ' + dropped); process.exitCode = 7; }, 1500);
`;

describe('the log', () => {
  it('costs lines, not the process, when stdout is a full disk', { timeout: 20_000 }, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const code = await new Promise((settle) => child.once('close', settle));
    expect(code).toBe(7);
    expect(stderr).toMatch(/^dropped [1-9]\d+$/);
  });
});
