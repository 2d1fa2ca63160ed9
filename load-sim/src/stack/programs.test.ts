import { mkdtempDisposableSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stackFolder } from './configs.ts';
import { agentHeapFlag, agentProgram, hubProgram } from './programs.ts';

const { scripts } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

it('an agent has a heap of 96 MiB, and 75 KiB for each router where that is more', () => {
  expect(agentHeapFlag(500)).toBe('--max-old-space-size=96');
  expect(agentHeapFlag(1311)).toBe('--max-old-space-size=97');
  expect(agentHeapFlag(5000)).toBe('--max-old-space-size=367');
});

it('agent and hub are started with the flags of `npm run agent` and `npm run hub`', () => {
  using temporary = mkdtempDisposableSync(join(tmpdir(), 'poplar-programs-'));
  const folder = stackFolder(temporary.path);
  const flagsOf = (words: readonly string[]): string[] => words.filter((word) => /^--.*-space-size=/.test(word));
  const agent: string = scripts.agent.replace('${POPLAR_AGENT_HEAP_MIB:-96}', '96');
  expect(flagsOf(agent.split(' '))).toEqual(flagsOf(agentProgram(folder, 500).args));
  expect(flagsOf(scripts.hub.split(' '))).toEqual(flagsOf(hubProgram(folder, 'hub.yaml').args));
});
