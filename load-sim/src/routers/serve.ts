/** `sim routers`: serves a fleet of simulated routers until it is told to stop. */
import { MIX_NAMES } from '../boards/mix.ts';
import { readScenario } from '../faults/scenario.ts';
import { oneOf, readFlags, UsageError, wholeNumber } from '../flags.ts';
import type { Fleet } from '../fleet.ts';
import { readFleet, writeFleet } from '../fleet-file.ts';
import { createWorld } from '../traffic/world.ts';
import { watchHoldUps } from './hold-ups.ts';
import { type JournalFile, openJournal } from './journal.ts';
import { startRouters } from './server.ts';
import {
  type CommandDeps,
  FLEET_FLAGS,
  FLEET_USAGE,
  fleetFromFlags,
  SERVING_FLAGS,
  SERVING_USAGE,
  servingFromFlags,
} from './serving.ts';

export const ROUTERS_USAGE = `Usage: npm run sim -- routers [flags]
Simulated routers: each listens on its own loopback address at port 8728 (with TLS 8729) and speaks the RouterOS API.

${FLEET_USAGE}  --seed N               seed of everything simulated (1)
  --mix NAME             usual: what a provider has; all: every board in every version that runs on it (usual)
  --scenario FILE        let things go wrong as the file says, see docs/scenarios.md
  --fleet FILE           serve the fleet of this file instead of planning one from the flags above
  --fleet-file FILE      write the fleet as JSON
  --journal FILE         append what is served, for verify
${SERVING_USAGE}`;

const PLAN_FLAGS = {
  ...FLEET_FLAGS,
  seed: { type: 'string' },
  mix: { type: 'string' },
  scenario: { type: 'string' },
} as const;
const FLAGS = {
  ...PLAN_FLAGS,
  ...SERVING_FLAGS,
  fleet: { type: 'string' },
  'fleet-file': { type: 'string' },
  journal: { type: 'string' },
} as const;
type Values = ReturnType<typeof readFlags<typeof FLAGS>>;

/** Runs until the signal is aborted or `--for-s` is over. Rejects with UsageError, or with what went wrong. */
export async function serveRouters(args: readonly string[], deps: CommandDeps): Promise<void> {
  const values = readFlags(args, FLAGS);
  if (values.help === true) return deps.print(ROUTERS_USAGE);
  const serving = servingFromFlags(values);
  const fleet = await fleetOf(values, deps);

  const failed = new AbortController();
  const journalFile = values.journal;
  await using journal: JournalFile | undefined =
    journalFile === undefined ? undefined : await openJournal(journalFile, (error) => failed.abort(error));
  using _ = journal === undefined ? undefined : watchHoldUps({ nowMs: deps.nowMs, journal });
  await using server = await startRouters(createWorld(fleet), {
    nowMs: deps.nowMs,
    journal,
    segmentation: serving.segmentation,
    onFailure: (error) => failed.abort(error),
  });
  if (values['fleet-file'] !== undefined) await writeFleet(values['fleet-file'], fleet);
  await serving.writeAgentConfig(fleet);
  await serving.untilEnd(fleet, server, failed.signal, deps);
}

async function fleetOf(values: Values, deps: CommandDeps): Promise<Fleet> {
  if (values.fleet !== undefined) {
    const extra = Object.keys(PLAN_FLAGS).find((flag) => Object.hasOwn(values, flag));
    if (extra !== undefined) throw new UsageError(`--${extra} cannot be given with --fleet: the file says everything`);
    return await readFleet(values.fleet);
  }
  return fleetFromFlags(values, {
    seed: wholeNumber('seed', values.seed ?? '1', 0, 2 ** 31),
    startMs: Math.floor(deps.nowMs()),
    ...(values.mix === undefined ? {} : { mix: oneOf('mix', values.mix, MIX_NAMES) }),
    ...(values.scenario === undefined ? {} : { scenario: readScenario(values.scenario) }),
  });
}
