import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { heapFor, heapOf } from './heap.ts';

const folder = mkdtempSync(join(tmpdir(), 'poplar-heap-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  { routers: 1, intervalMs: 10_000, bytes: 46_000_000 },
  { routers: 100, intervalMs: 1000, bytes: 46_000_000 },
  { routers: 500, intervalMs: 10_000, bytes: 46_000_000 },
  { routers: 500, intervalMs: 2500, bytes: 92_000_000 },
  { routers: 500, intervalMs: 1000, bytes: 184_000_000 },
  { routers: 2000, intervalMs: 60_000, bytes: 184_000_000 },
  { routers: 2000, intervalMs: 10_000, bytes: 368_000_000 },
])('$routers routers every $intervalMs ms: $bytes bytes', ({ routers, intervalMs, bytes }) => {
  expect(heapFor(routers, intervalMs).assumedBytes).toBe(bytes);
});

it('collects everything less often where the heap is for few polls a second', () => {
  expect(heapFor(1000, 10_000).edenShareMin).toBe(0.17);
  expect(heapFor(1001, 10_000).edenShareMin).toBe(0.33);
});

it('is told by the configuration, whatever else that holds', () => {
  const routers = Array.from({ length: 1000 }, (_, index) => `{ name: r${index} }`);
  expect(heapOf(configured(`routers: [${routers.join(', ')}]`)).assumedBytes).toBe(92_000_000);
  expect(heapOf(configured(`poll: { interval_ms: 5000 }\nrouters: [${routers.join(', ')}]`)).assumedBytes).toBe(184_000_000);
});

it('is the least for a file that cannot be used', () => {
  expect(heapOf(join(folder, 'none.yaml')).assumedBytes).toBe(46_000_000);
  expect(heapOf(configured('routers: 7')).assumedBytes).toBe(46_000_000);
  expect(heapOf(configured(': [')).assumedBytes).toBe(46_000_000);
});

it('leaves a pipe to whoever reads the configuration', () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  expect(heapOf(pipe).assumedBytes).toBe(46_000_000);
});

function configured(text: string): string {
  const file = join(folder, 'agent.yaml');
  writeFileSync(file, text);
  return file;
}
