/** `npm start`: the whole of Poplar on one machine, with simulated routers. */
import { ScenarioError } from '../faults/scenario.ts';
import { isRight } from '../verify/verify.ts';
import { ChildFailure } from './child.ts';
import { FlagError, parseFlags, USAGE } from './flags.ts';
import { printResult } from './result.ts';
import { runStack, StackError } from './run.ts';
import { stopRequests } from './stopping.ts';

const nowMs = (): number => Date.now();

async function main(): Promise<number> {
  const flags = parseFlags(process.argv.slice(2));
  if (flags === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  const out = flags.json ? process.stderr : process.stdout;
  const result = await runStack(flags, { stop: stopRequests(nowMs), nowMs, out });
  if (result === undefined) return 0;
  if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else printResult(result, out);
  return isRight(result) && result.rows_stored > 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const badInput = error instanceof FlagError || error instanceof ScenarioError;
  const expected = badInput || error instanceof StackError || error instanceof ChildFailure;
  const text = error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`${text}\n${error instanceof FlagError ? `\n${USAGE}` : ''}`);
  process.exitCode = badInput ? 2 : 1;
}
