import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { assumedMemoryBytes, assumedMemoryFor } from './heap.ts';

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
  expect(assumedMemoryBytes(routers, intervalMs)).toBe(bytes);
});

it('is told by the configuration, whatever else that holds', () => {
  const routers = Array.from({ length: 1000 }, (_, index) => `{ name: r${index} }`);
  expect(assumedMemoryFor(configured(`routers: [${routers.join(', ')}]`))).toBe(92_000_000);
  expect(assumedMemoryFor(configured(`poll: { interval_ms: 5000 }\nrouters: [${routers.join(', ')}]`))).toBe(184_000_000);
});

it('is the least for a file that cannot be used', () => {
  expect(assumedMemoryFor(join(folder, 'none.yaml'))).toBe(46_000_000);
  expect(assumedMemoryFor(configured('routers: 7'))).toBe(46_000_000);
  expect(assumedMemoryFor(configured(': ['))).toBe(46_000_000);
});

it('leaves a pipe to whoever reads the configuration', () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  expect(assumedMemoryFor(pipe)).toBe(46_000_000);
});

function configured(text: string): string {
  const file = join(folder, 'agent.yaml');
  writeFileSync(file, text);
  return file;
}
