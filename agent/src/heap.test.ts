import { expect, it } from 'vitest';
import { assumedMemoryBytes } from './heap.ts';

it.each([
  { routers: 1, intervalMs: 10_000, bytes: 48_000_000 },
  { routers: 100, intervalMs: 1000, bytes: 48_000_000 },
  { routers: 500, intervalMs: 10_000, bytes: 48_000_000 },
  { routers: 500, intervalMs: 2500, bytes: 96_000_000 },
  { routers: 500, intervalMs: 1000, bytes: 192_000_000 },
  { routers: 2000, intervalMs: 60_000, bytes: 192_000_000 },
  { routers: 2000, intervalMs: 10_000, bytes: 384_000_000 },
])('$routers routers every $intervalMs ms: $bytes bytes', ({ routers, intervalMs, bytes }) => {
  expect(assumedMemoryBytes(routers, intervalMs)).toBe(bytes);
});
