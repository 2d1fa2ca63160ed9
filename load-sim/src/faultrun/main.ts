/** `npm run faults`: Poplar whole, with everything around it failing. */
import { ScenarioError } from '../faults/scenario.ts';
import { ChildFailure } from '../stack/child.ts';
import { FlagError } from '../stack/flags.ts';
import { printResult } from '../stack/result.ts';
import { StackError } from '../stack/run.ts';
import { stopRequests } from '../stack/stopping.ts';
import { FAULT_USAGE, parseFaultFlags } from './flags.ts';
import { runOutage } from './outage/run.ts';
import { runFaults } from './run.ts';

const nowMs = (): number => Date.now();

async function main(): Promise<number> {
  const flags = parseFaultFlags(process.argv.slice(2));
  if (flags === undefined) {
    process.stdout.write(FAULT_USAGE);
    return 0;
  }
  const { json } = flags.stack;
  const out = json ? process.stderr : process.stdout;
  const deps = { stop: stopRequests(nowMs), nowMs, out };
  const { outage } = flags;
  const result = outage === undefined ? await runFaults(flags, deps) : await runOutage(outage, flags.stack, deps);
  if (result === undefined) return 1;
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else printResult(result, out);
  return result.right ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const badInput = error instanceof FlagError || error instanceof ScenarioError;
  const expected = badInput || error instanceof StackError || error instanceof ChildFailure;
  const text = error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${text}\n${error instanceof FlagError ? `\n${FAULT_USAGE}` : ''}`);
  process.exitCode = badInput ? 2 : 1;
}
