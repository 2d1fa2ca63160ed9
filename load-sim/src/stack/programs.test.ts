import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { agentHeapFlag } from './programs.ts';

it('an agent has the heap of `npm run agent`, and 75 KiB for each router where that is more', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(agentHeapFlag(500)).toBe('--max-old-space-size=96');
  expect(scripts.agent).toContain(' --max-old-space-size=${POPLAR_AGENT_HEAP_MIB:-96} ');
  expect(agentHeapFlag(1311)).toBe('--max-old-space-size=97');
  expect(agentHeapFlag(5000)).toBe('--max-old-space-size=367');
});
