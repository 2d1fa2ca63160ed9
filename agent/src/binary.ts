/**
 * The entry of the single file: the agent of main.ts in a process that takes little memory. JavaScriptCore sizes its heap by the
 * machine's memory, keeps machine code of several tiers, and keeps what it needs to make more of it; an agent waits for routers most of
 * the time, and its file is to fit beside other things on a small host. So the heap is sized by what there is to poll. Of the tiers
 * that optimize, the one that costs most memory is left out and the other is not for the largest functions; without that one an agent
 * would take a third more CPU, without any compiler twice as much. The engine reads such settings from the environment when a process
 * starts, so the process replaces itself once. What the environment already says is left as it is.
 */
import { parseArgs } from 'node:util';
import { DEFAULT_CONFIG_FILE } from './config.ts';
import { heapOf } from './heap.ts';

const SETTINGS: Readonly<Record<string, string>> = {
  BUN_JSC_useFTLJIT: '0',
  BUN_JSC_maximumOptimizationCandidateBytecodeCost: '1000',
  BUN_JSC_useConcurrentJIT: '0',
  BUN_JSC_useEagerCodeBlockJettisonTiming: '1',
  MIMALLOC_PURGE_DELAY: '0',
};
const ASSUMED_MEMORY = 'BUN_JSC_forceRAMSize';
const EDEN_SHARE = 'BUN_JSC_minEdenToOldGenerationRatio';

const { env, execPath, argv } = process;
const lacking = [ASSUMED_MEMORY, EDEN_SHARE, ...Object.keys(SETTINGS)].some((name) => env[name] === undefined);
// Windows cannot replace a process.
if (lacking && process.execve !== undefined) {
  const { assumedBytes, edenShareMin } = heapOf(configFile());
  const settings = { ...SETTINGS, [ASSUMED_MEMORY]: String(assumedBytes), [EDEN_SHARE]: String(edenShareMin) };
  process.execve(execPath, [execPath, ...argv.slice(2)], { ...settings, ...definedOf(env) });
}
await import('./main.ts');

/** What the command line names; main.ts complains of one that it cannot take. */
function configFile(): string {
  const { config } = parseArgs({ options: { config: { type: 'string' } }, strict: false }).values;
  return typeof config === 'string' ? config : DEFAULT_CONFIG_FILE;
}

function definedOf(variables: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
