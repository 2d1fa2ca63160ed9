/** `sim routers`: serves a fleet of simulated routers until it is told to stop. */
import { writeFile } from 'node:fs/promises';
import { agentConfig } from '../agent-config.ts';
import { MIX_NAMES } from '../boards/mix.ts';
import { readScenario } from '../faults/scenario.ts';
import { oneOf, readFlags, UsageError, wholeNumber } from '../flags.ts';
import { type Fleet, type FleetOptions, planFleet, ROUTER_NET, ROUTER_PASSWORD, ROUTER_USER, TRANSPORTS } from '../fleet.ts';
import { readFleet, writeFleet } from '../fleet-file.ts';
import { createWorld } from '../traffic/world.ts';
import { type JournalFile, openJournal } from './journal.ts';
import { SEGMENTATIONS } from './segments.ts';
import { type RouterServer, startRouters } from './server.ts';

export const ROUTERS_USAGE = `Usage: npm run sim -- routers [flags]
Simulated routers: each listens on its own loopback address at port 8728 (with TLS 8729) and speaks the RouterOS API.

  --routers N            routers (500)
  --sites N              sites they are spread over (5)
  --seed N               seed of everything simulated (1)
  --router-net NET       loopback network of their addresses (${ROUTER_NET})
  --ports-from PORT      share 127.0.0.1 and listen on this port and the following ones: for systems without 127.0.0.0/8
  --user NAME            user that may log in (${ROUTER_USER})
  --password TEXT        its password (${ROUTER_PASSWORD})
  --refuse-login N       the last N routers refuse every password (0)
  --tls KIND             routers speak TLS, at port 8729: certificate, or anonymous as routers without one
  --tls-routers N        only the first N do (all)
  --mix NAME             usual: what a provider has; all: every board in every version that runs on it (usual)
  --scenario FILE        let things go wrong as the file says, see docs/scenarios.md
  --fleet FILE           serve the fleet of this file instead of planning one from the flags above
  --fleet-file FILE      write the fleet as JSON
  --segment KIND         cut replies into TCP segments: whole, bytes (each alone) or random (1 byte to full size) (whole)
  --journal FILE         append what is served, for verify
  --for-s N              end after N seconds
  --agent-config FILE    write an agent.yaml that polls these routers, with
    --agent NAME           its name (sim)
    --hub-address H:P      where its hub is (127.0.0.1:4650)
    --hub-token TEXT       its token at the hub
    --interval-ms N        its interval of polls, milliseconds (10000)
    --spool FOLDER         its spool (./data/spool)
  --help                 this text
`;

const FLAGS = {
  routers: { type: 'string' },
  sites: { type: 'string' },
  seed: { type: 'string' },
  'router-net': { type: 'string' },
  'ports-from': { type: 'string' },
  user: { type: 'string' },
  password: { type: 'string' },
  'refuse-login': { type: 'string' },
  tls: { type: 'string' },
  'tls-routers': { type: 'string' },
  mix: { type: 'string' },
  scenario: { type: 'string' },
  segment: { type: 'string' },
  fleet: { type: 'string' },
  'fleet-file': { type: 'string' },
  journal: { type: 'string' },
  'for-s': { type: 'string' },
  'agent-config': { type: 'string' },
  agent: { type: 'string' },
  'hub-address': { type: 'string' },
  'hub-token': { type: 'string' },
  'interval-ms': { type: 'string' },
  spool: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
const PLAN_FLAGS = [
  'routers',
  'sites',
  'seed',
  'router-net',
  'ports-from',
  'user',
  'password',
  'refuse-login',
  'tls',
  'tls-routers',
  'mix',
  'scenario',
] as const;
type Values = ReturnType<typeof readFlags<typeof FLAGS>>;

const PROGRESS_MS = 10_000;

/** What the command needs from the process. */
export interface CommandDeps {
  /** Aborted when the command has to end. */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly print: (text: string) => void;
  /** Tells the parent process, if there is one, that everything listens. */
  readonly ready: (details: Readonly<Record<string, unknown>>) => void;
}

/** Runs until the signal is aborted or `--for-s` is over. Rejects with UsageError, or with what went wrong. */
export async function serveRouters(args: readonly string[], deps: CommandDeps): Promise<void> {
  const values = readFlags(args, FLAGS);
  if (values.help === true) return deps.print(ROUTERS_USAGE);
  const forS = wholeNumber('for-s', values['for-s'], 1, 8_640_000);
  const segmentation = oneOf('segment', values.segment ?? 'whole', SEGMENTATIONS);
  const fleet = await fleetOf(values, deps);
  const config = values['agent-config'] === undefined ? undefined : configOf(values, fleet);

  const failed = new AbortController();
  const journalFile = values.journal;
  await using journal: JournalFile | undefined =
    journalFile === undefined ? undefined : await openJournal(journalFile, (error) => failed.abort(error));
  await using server = await startRouters(createWorld(fleet), {
    nowMs: deps.nowMs,
    journal,
    segmentation,
    onFailure: (error) => failed.abort(error),
  });
  if (values['fleet-file'] !== undefined) await writeFleet(values['fleet-file'], fleet);
  if (config !== undefined) await writeFile(config.file, config.text, { mode: 0o600 });

  const [first, last] = [fleet.routers[0], fleet.routers.at(-1)];
  deps.print(`${fleet.routers.length} routers listen on ${first?.address}:${first?.port} to ${last?.address}:${last?.port}\n`);
  deps.ready({ routers: fleet.routers.length, start_ms: fleet.startMs });
  await untilEnd([deps.signal, failed.signal], forS, progress(server, deps));
  if (failed.signal.aborted) throw failed.signal.reason;
  deps.print('stopping: all sessions are cut\n');
}

async function fleetOf(values: Values, deps: CommandDeps): Promise<Fleet> {
  if (values.fleet !== undefined) {
    const extra = PLAN_FLAGS.find((flag) => values[flag] !== undefined);
    if (extra !== undefined) throw new UsageError(`--${extra} cannot be given with --fleet: the file says everything`);
    return await readFleet(values.fleet);
  }
  const portsFrom = wholeNumber('ports-from', values['ports-from'], 1024, 65_535);
  try {
    return planFleet({
      routers: wholeNumber('routers', values.routers ?? '500', 1, 65_000),
      sites: wholeNumber('sites', values.sites ?? '5', 1, 10_000),
      seed: wholeNumber('seed', values.seed ?? '1', 0, 2 ** 31),
      startMs: Math.floor(deps.nowMs()),
      refuseLogin: wholeNumber('refuse-login', values['refuse-login'] ?? '0', 0, 65_000),
      ...(values['router-net'] === undefined ? {} : { routerNet: values['router-net'] }),
      ...(values.mix === undefined ? {} : { mix: oneOf('mix', values.mix, MIX_NAMES) }),
      ...(portsFrom === undefined ? {} : { portsFrom }),
      ...tlsOf(values),
      ...(values.scenario === undefined ? {} : { scenario: readScenario(values.scenario) }),
      ...(values.user === undefined ? {} : { user: values.user }),
      ...(values.password === undefined ? {} : { password: values.password }),
    });
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function tlsOf(values: Values): Pick<FleetOptions, 'tls'> {
  const routers = wholeNumber('tls-routers', values['tls-routers'], 0, 65_000);
  if (values.tls === undefined && routers !== undefined)
    throw new UsageError('--tls-routers needs --tls: certificate or anonymous');
  if (values.tls === undefined) return {};
  const transport = TRANSPORTS.find((known) => known === values.tls);
  if (transport === undefined || transport === 'plain')
    throw new UsageError(`--tls ${values.tls}: write certificate or anonymous`);
  return { tls: { transport, ...(routers === undefined ? {} : { routers }) } };
}

function configOf(values: Values, fleet: Fleet): { file: string; text: string } {
  const { 'agent-config': file, 'hub-token': hubToken } = values;
  if (file === undefined || hubToken === undefined)
    throw new UsageError('--agent-config needs --hub-token: the token that the hub knows the agent by');
  const text = agentConfig(fleet, {
    agent: values.agent ?? 'sim',
    hubAddresses: [values['hub-address'] ?? '127.0.0.1:4650'],
    hubToken,
    pollIntervalMs: wholeNumber('interval-ms', values['interval-ms'] ?? '10000', 100, 86_400_000),
    spoolFolder: values.spool ?? './data/spool',
  });
  return { file, text };
}

/** Prints a line when something happened since the last one. */
function progress(server: RouterServer, deps: CommandDeps): () => void {
  let before = server.counts();
  return () => {
    const now = server.counts();
    if (now.bytesSent === before.bytesSent && now.sessionsOpened === before.sessionsOpened) return;
    const kbPerS = (now.bytesSent - before.bytesSent) / PROGRESS_MS;
    deps.print(`${now.sessions} sessions open, ${now.sessionsOpened} since the start, ${kbPerS.toFixed(1)} kB/s sent\n`);
    before = now;
  };
}

/** Resolves when a signal is aborted or the time is over; meanwhile calls `tick` now and then. */
function untilEnd(signals: readonly AbortSignal[], forS: number | undefined, tick: () => void): Promise<void> {
  const any = AbortSignal.any([...signals]);
  if (any.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const ticking = setInterval(tick, PROGRESS_MS);
    const ending = forS === undefined ? undefined : setTimeout(end, forS * 1000);
    function end(): void {
      clearInterval(ticking);
      clearTimeout(ending);
      any.removeEventListener('abort', end);
      resolve();
    }
    any.addEventListener('abort', end);
  });
}
