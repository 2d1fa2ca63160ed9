import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const PROGRAM = `
import { createLog } from ${JSON.stringify(new URL('./log.ts', import.meta.url).href)};
import { createMetrics } from ${JSON.stringify(new URL('./metrics.ts', import.meta.url).href)};
const metrics = createMetrics();
const log = createLog('info', metrics.droppedLogLine);
for (let line = 0; line < 50_000; line++) log.info({ line }, 'a line that goes nowhere, again and again');
const text = await metrics.registry.getSingleMetricAsString('poplar_agent_log_lines_dropped_total');
process.stderr.write(text.split('\\n').at(-1));
process.exitCode = 7;
setTimeout(() => process.exit(), 1000).unref();
`;

/** A process that does not end fails the test, and must not outlive it. */
const END = { timeout: 40_000, killSignal: 'SIGKILL' } as const;

test('lines that nobody reads are counted; they hold up neither the process nor its end', { timeout: 60_000 }, async () => {
  // Node connects processes by sockets; nobody reads this one.
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...END,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'exit');
  expect(code, stderr).toBe(7);
  expect(stderr).toMatch(/^poplar_agent_log_lines_dropped_total [1-9]\d+$/);
});
