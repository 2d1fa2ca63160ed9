/** How the stack runs its programs. */
import { join, resolve } from 'node:path';
import type { ChildSpec } from './child.ts';
import type { StackFolder } from './configs.ts';

const REPO = resolve(import.meta.dirname, '../../..');
/** As `npm run agent` has them: what polls leave behind seldom gets old, and a collection of everything waits until there is something to collect. */
const AGENT_NODE_FLAGS = ['--max-semi-space-size=4', '--initial-old-space-size=40'];
/** One heap of the C library per thread keeps 12 MB that nobody uses any more. */
const AGENT_ENV = { MALLOC_ARENA_MAX: '2' };
/**
 * As `npm run hub` has them: young garbage of the viewers' answers is collected early, and the bytes of batches, which count as old, lead to a
 * collection of everything every 40 MB instead of every 15.
 */
const HUB_NODE_FLAGS = ['--max-semi-space-size=4', '--initial-old-space-size=64', '--max-old-space-size=384'];
/** Batches and blocks come and go: their memory is given back at once, and leaves no holes among the rest. */
const HUB_ENV = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: String(256 * 1024) };
/** Live state is some 22 MB at 500 routers; without a bound V8 lets garbage grow to several times that. */
const SIM_NODE_FLAGS = ['--max-semi-space-size=2', '--max-old-space-size=512'];

/** Longer than the agent's own deadlines for its visits (16 s), its last batch (5 s) and its uplink (6 s). */
export const AGENT_GRACE_MS = 30_000;
export const HUB_GRACE_MS = 20_000;
export const SIM_GRACE_MS = 5_000;

/** What `npm run agent` bounds the agent's heap to, MiB, unless POPLAR_AGENT_HEAP_MIB says otherwise. */
const AGENT_HEAP_MIB = 96;
/** A router's sessions, schedules and times take a third of it; with less than twice that, V8 collects garbage all the time. */
const AGENT_HEAP_KIB_PER_ROUTER = 75;

/** What Node's heap must be bound to for so many routers, as a flag. */
export function agentHeapFlag(routers: number): string {
  return `--max-old-space-size=${Math.max(AGENT_HEAP_MIB, Math.ceil((routers * AGENT_HEAP_KIB_PER_ROUTER) / 1024))}`;
}

/** An agent with a heap for so many routers. */
export function agentProgram({ agentConfig, logFile }: StackFolder, routers = 0): ChildSpec {
  return {
    name: 'agent',
    args: [...AGENT_NODE_FLAGS, agentHeapFlag(routers), join(REPO, 'agent/dist/agent.js'), '--config', agentConfig],
    env: AGENT_ENV,
    logFile: logFile('agent'),
  };
}

export function hubProgram({ logFile }: StackFolder, config: string, name = 'hub'): ChildSpec {
  const args = [...HUB_NODE_FLAGS, join(REPO, 'hub/dist/hub.js'), '--config', config];
  return { name, args, env: HUB_ENV, logFile: logFile(name) };
}

export function simProgram({ fleetFile, journalFile, logFile }: StackFolder): ChildSpec {
  const main = join(REPO, 'load-sim/src/main.ts');
  return {
    name: 'sim',
    args: [...SIM_NODE_FLAGS, main, 'routers', '--fleet', fleetFile, '--journal', journalFile],
    logFile: logFile('sim'),
  };
}
