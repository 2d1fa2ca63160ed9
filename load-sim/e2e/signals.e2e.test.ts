import { describe, expect, it } from 'vitest';
import { until } from './processes.ts';
import { runningStack } from './stack.ts';

const CHILDREN = ['hub/dist/hub.js', 'agent/dist/agent.js', 'load-sim/src/main.ts', 'load-sim/src/stack/main.ts'];

describe('Ctrl-C', () => {
  it('reaches npm and the stack together, as one request to stop', { timeout: 120_000 }, async () => {
    await using stack = await runningStack({ routers: 5, sites: 1, intervalMs: 1000 });
    process.kill(-(stack.npm.pid ?? 0), 'SIGINT');
    await until(() => stack.processes().length === 0, 'no survivor of Ctrl-C', 45_000);
    expect(stack.stdout()).toContain('Stopping …');
    expect(stack.stderr()).not.toMatch(/^\s+at /m);
  });
});

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('%s', (signal) => {
  it.each(['npm', 'stack'] as const)('to %s leaves no process behind', { timeout: 120_000 }, async (target) => {
    await using stack = await runningStack({ routers: 5, sites: 1, intervalMs: 1000 });
    const before = stack.processes().map(({ command }) => command);
    for (const child of CHILDREN)
      expect(
        before.some((command) => command.includes(child)),
        `${child} runs`,
      ).toBe(true);
    const pid = target === 'npm' ? stack.npm.pid : stack.stackPid();
    process.kill(pid ?? -1, signal);
    await until(() => stack.processes().length === 0, `no survivor of ${signal} to ${target}`, 45_000);
    expect(stack.processes()).toEqual([]);
  });
});
