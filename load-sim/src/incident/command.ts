/** `sim incident`: the load that ended another system, run after run; exit status 1 when a limit is broken. */
import { UsageError } from '../flags.ts';
import type { CommandDeps } from '../routers/serving.ts';
import { buildPrograms } from '../stack/build.ts';
import { ChildFailure } from '../stack/child.ts';
import { FlagError } from '../stack/flags.ts';
import { runStack } from '../stack/run.ts';
import { stopRequests } from '../stack/stopping.ts';
import { INCIDENT_USAGE, type IncidentFlags, parseIncidentFlags } from './flags.ts';
import { brokenLimits, limitsAt } from './limits.ts';
import { createMemoryLimit, type LimitKind } from './memory-limit.ts';
import { type IncidentResult, type IncidentRun, incidentRun, overall } from './result.ts';
import { incidentTable } from './table.ts';

/** Resolves to the exit status. Rejects with UsageError, or with what keeps the stack from running. */
export async function incidentCommand(args: readonly string[], deps: Pick<CommandDeps, 'nowMs' | 'print'>): Promise<number> {
  const flags = readIncidentFlags(args);
  if (flags === undefined) {
    deps.print(INCIDENT_USAGE);
    return 0;
  }
  const out = flags.json ? process.stderr : process.stdout;
  await buildPrograms();
  const result = await runIncident(flags, deps.nowMs, out);
  if (result === undefined) return 1;
  out.write(`\n${incidentTable(result.runs)}\n`);
  for (const line of result.broken) out.write(`${line}\n`);
  if (result.right) out.write('Every limit was kept.\n');
  if (flags.json) deps.print(`${JSON.stringify(result)}\n`);
  return result.right ? 0 : 1;
}

/** A line of flags that cannot be used is told as the simulator's other verbs tell it. */
function readIncidentFlags(args: readonly string[]): IncidentFlags | undefined {
  try {
    return parseIncidentFlags(args);
  } catch (error) {
    throw error instanceof FlagError ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** Resolves with the result, or undefined when it was stopped. */
async function runIncident(
  { runs, memoryLimitMb, leftOutMs }: IncidentFlags,
  nowMs: () => number,
  out: NodeJS.WriteStream,
): Promise<IncidentResult | undefined> {
  const stop = stopRequests(nowMs);
  const done: IncidentRun[] = [];
  const broken: string[] = [];
  let kind: LimitKind = 'watched';
  for (const ms of leftOutMs)
    out.write(`Left out: an interval of ${ms / 1000} s, which needs --for-s ${(2 * ms) / 1000} or more\n`);
  for (const flags of runs) {
    using limit = createMemoryLimit(memoryLimitMb);
    kind = limit.kind;
    out.write(`\nInterval ${flags.intervalMs / 1000} s for ${flags.forS} s. Memory limit: ${limit.description}\n`);
    try {
      const result = await runStack(flags, { stop, nowMs, out, hubSpec: limit.onto });
      if (result === undefined) return undefined;
      const run = incidentRun(result);
      done.push(run);
      broken.push(...brokenLimits(run, limitsAt(flags.intervalMs, memoryLimitMb)));
    } catch (error) {
      if (!(error instanceof ChildFailure)) throw error;
      broken.push(`At ${flags.intervalMs / 1000} s: ${lastOf(error)}`);
    }
  }
  return {
    ...overall(runs, done),
    memory_limit_mb: memoryLimitMb,
    memory_limit_by: kind,
    runs: done,
    broken,
    right: broken.length === 0,
  };
}

function lastOf({ child, ending, message }: ChildFailure): string {
  if (ending.signal === null) return `the ${child} ended: ${message}`;
  const beyond = child === 'hub' && ending.signal === 'SIGKILL';
  return `the ${child} was killed (${ending.signal})${beyond ? ', as it is beyond its memory limit' : ''}`;
}
