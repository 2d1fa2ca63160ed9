/** `sim agents`: the load of a fleet that no single machine could poll, streamed to a hub; exit status 1 when a limit is broken. */
import { existsSync } from 'node:fs';
import { UsageError } from '../flags.ts';
import type { CommandDeps } from '../routers/serving.ts';
import { buildPrograms } from '../stack/build.ts';
import { printResult } from '../stack/result.ts';
import { AGENTS_USAGE, type AgentsFlags, parseAgentsFlags } from './flags.ts';
import { type RunDeps, runAgents } from './run.ts';
import { writeHubConfig } from './setup.ts';

/** Resolves to the exit status. Rejects with UsageError, or when the run cannot be made. */
export async function agentsCommand(args: readonly string[], deps: CommandDeps): Promise<number> {
  const flags = parseAgentsFlags(args);
  if (flags === undefined) {
    deps.print(AGENTS_USAGE);
    return 0;
  }
  if (flags.writeHubConfig !== undefined) {
    if (existsSync(flags.writeHubConfig))
      throw new UsageError(
        `--write-hub-config ${flags.writeHubConfig}: there is such a file, and it may be that of a hub; name another one`,
      );
    writeHubConfig(flags.writeHubConfig, flags.sites, flags.own);
    return 0;
  }
  if (flags.hub === undefined) await buildPrograms();
  const out = flags.json ? process.stderr : process.stdout;
  const run: RunDeps = { signal: deps.signal, nowMs: deps.nowMs, say: (text) => void out.write(text) };
  return flags.ramp === undefined ? await once(flags, run, deps) : await ramp(flags, flags.ramp, run, deps);
}

async function once(flags: AgentsFlags, run: RunDeps, { print }: CommandDeps): Promise<number> {
  const result = await runAgents(flags, run);
  if (result === undefined) return 1;
  if (flags.json) print(`${JSON.stringify(result)}\n`);
  else printResult(result, process.stdout);
  return result.broken.length === 0 ? 0 : 1;
}

/** Runs with more and more sites. 1 when already the first number breaks a limit. */
async function ramp(flags: AgentsFlags, steps: readonly number[], run: RunDeps, { print }: CommandDeps): Promise<number> {
  const results = [];
  for (const sites of steps) {
    const result = await runAgents({ ...flags, sites }, run);
    if (result === undefined) return 1;
    results.push(result);
    if (result.broken.length > 0) break;
  }
  const held = results.filter(({ broken }) => broken.length === 0).at(-1);
  run.say(
    held === undefined
      ? 'Not even the first number of sites holds.\n'
      : `${held.sites} sites hold: ${held.rows_per_s} rows/s in ${held.batches_per_s} batches/s.\n`,
  );
  if (flags.json)
    print(`${JSON.stringify({ held_sites: held?.sites ?? 0, held_rows_per_s: held?.rows_per_s ?? 0, steps: results })}\n`);
  return held === undefined ? 1 : 0;
}
