/** What every command that serves a fleet of routers has in common: its flags, its agent.yaml, and its running until the end. */
import { writeFile } from 'node:fs/promises';
import { agentConfig } from '../agent-config.ts';
import { oneOf, UsageError, wholeNumber } from '../flags.ts';
import { type Fleet, type FleetOptions, planFleet, ROUTER_NET, ROUTER_PASSWORD, ROUTER_USER } from '../fleet.ts';
import { TRANSPORTS } from '../router-plan.ts';
import { SEGMENTATIONS, type Segmentation } from './segments.ts';
import type { RouterServer } from './server.ts';

/** What a command needs from the process. */
export interface CommandDeps {
  /** Aborted when the command has to end. */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly print: (text: string) => void;
  /** Tells the parent process, if there is one, that everything listens. */
  readonly ready: (details: Readonly<Record<string, unknown>>) => void;
}

export const FLEET_USAGE = `  --routers N            routers (500)
  --sites N              sites they are spread over (5)
  --router-net NET       loopback network of their addresses (${ROUTER_NET})
  --ports-from PORT      share 127.0.0.1 and listen on this port and the following ones: for systems without 127.0.0.0/8
  --user NAME            user that may log in (${ROUTER_USER})
  --password TEXT        its password (${ROUTER_PASSWORD})
  --refuse-login N       the last N routers refuse every password (0)
  --tls KIND             routers speak TLS, at port 8729: certificate, or anonymous as routers without one
  --tls-routers N        only the first N do (all)
`;
export const FLEET_FLAGS = {
  routers: { type: 'string' },
  sites: { type: 'string' },
  'router-net': { type: 'string' },
  'ports-from': { type: 'string' },
  user: { type: 'string' },
  password: { type: 'string' },
  'refuse-login': { type: 'string' },
  tls: { type: 'string' },
  'tls-routers': { type: 'string' },
} as const;

export const SERVING_USAGE = `  --segment KIND         cut replies into TCP segments: whole, bytes (each alone) or random (1 byte to full size) (whole)
  --for-s N              end after N seconds
  --agent-config FILE    write an agent.yaml that polls these routers, with
    --agent NAME           its name (sim)
    --hub-address H:P      where its hub is (127.0.0.1:4650)
    --hub-token TEXT       its token at the hub
    --interval-ms N        its interval of polls, milliseconds (10000)
    --spool FOLDER         its spool (./data/spool)
  --help                 this text
`;
export const SERVING_FLAGS = {
  segment: { type: 'string' },
  'for-s': { type: 'string' },
  'agent-config': { type: 'string' },
  agent: { type: 'string' },
  'hub-address': { type: 'string' },
  'hub-token': { type: 'string' },
  'interval-ms': { type: 'string' },
  spool: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Texts<Flag extends string> = { readonly [F in Flag]?: string | undefined };
type FleetValues = Texts<keyof typeof FLEET_FLAGS>;
type ServingValues = Texts<Exclude<keyof typeof SERVING_FLAGS, 'help'>>;

/** The fleet that the flags describe, with what a command adds to them. Throws UsageError. */
export function fleetFromFlags(
  values: FleetValues,
  options: Pick<FleetOptions, 'seed' | 'startMs'> & Partial<FleetOptions>,
): Fleet {
  const portsFrom = wholeNumber('ports-from', values['ports-from'], 1024, 65_535);
  try {
    return planFleet({
      routers: wholeNumber('routers', values.routers ?? '500', 1, 65_000),
      sites: wholeNumber('sites', values.sites ?? '5', 1, 10_000),
      refuseLogin: wholeNumber('refuse-login', values['refuse-login'] ?? '0', 0, 65_000),
      ...(values['router-net'] === undefined ? {} : { routerNet: values['router-net'] }),
      ...(portsFrom === undefined ? {} : { portsFrom }),
      ...tlsOf(values),
      ...(values.user === undefined ? {} : { user: values.user }),
      ...(values.password === undefined ? {} : { password: values.password }),
      ...options,
    });
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function tlsOf(values: FleetValues): Pick<FleetOptions, 'tls'> {
  const routers = wholeNumber('tls-routers', values['tls-routers'], 0, 65_000);
  if (values.tls === undefined && routers !== undefined)
    throw new UsageError('--tls-routers needs --tls: certificate or anonymous');
  if (values.tls === undefined) return {};
  const transport = TRANSPORTS.find((known) => known === values.tls);
  if (transport === undefined || transport === 'plain')
    throw new UsageError(`--tls ${values.tls}: write certificate or anonymous`);
  return { tls: { transport, ...(routers === undefined ? {} : { routers }) } };
}

export interface Serving {
  readonly segmentation: Segmentation;
  /** Writes the agent.yaml, if one is wanted. */
  writeAgentConfig(fleet: Fleet): Promise<void>;
  /** Says that everything listens; resolves when the signals or the time say so, and rejects with the reason of `failed`. */
  untilEnd(fleet: Fleet, server: RouterServer, failed: AbortSignal, deps: CommandDeps): Promise<void>;
}

/** Reads the flags at once, so that a wrong one is told before anything listens. Throws UsageError. */
export function servingFromFlags(values: ServingValues): Serving {
  const forS = wholeNumber('for-s', values['for-s'], 1, 8_640_000);
  const segmentation = oneOf('segment', values.segment ?? 'whole', SEGMENTATIONS);
  const { 'agent-config': file, 'hub-token': hubToken } = values;
  if (file !== undefined && hubToken === undefined)
    throw new UsageError('--agent-config needs --hub-token: the token that the hub knows the agent by');
  const pollIntervalMs = wholeNumber('interval-ms', values['interval-ms'] ?? '10000', 100, 86_400_000);

  return {
    segmentation,
    async writeAgentConfig(fleet) {
      if (file === undefined || hubToken === undefined) return;
      const text = agentConfig(fleet, {
        agent: values.agent ?? 'sim',
        hubAddresses: [values['hub-address'] ?? '127.0.0.1:4650'],
        hubToken,
        pollIntervalMs,
        spoolFolder: values.spool ?? './data/spool',
      });
      await writeFile(file, text, { mode: 0o600 });
    },
    async untilEnd({ routers, startMs }, server, failed, deps) {
      const [first, last] = [routers[0], routers.at(-1)];
      deps.print(`${routers.length} routers listen on ${first?.address}:${first?.port} to ${last?.address}:${last?.port}\n`);
      deps.ready({ routers: routers.length, start_ms: startMs });
      await untilAborted(AbortSignal.any([deps.signal, failed]), forS, progress(server, deps));
      if (failed.aborted) throw failed.reason;
      deps.print('stopping: all sessions are cut\n');
    },
  };
}

const PROGRESS_MS = 10_000;

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

/** Resolves when the signal is aborted or the time is over; meanwhile calls `tick` now and then. */
function untilAborted(signal: AbortSignal, forS: number | undefined, tick: () => void): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const ticking = setInterval(tick, PROGRESS_MS);
    const ending = forS === undefined ? undefined : setTimeout(end, forS * 1000);
    function end(): void {
      clearInterval(ticking);
      clearTimeout(ending);
      signal.removeEventListener('abort', end);
      resolve();
    }
    signal.addEventListener('abort', end);
  });
}
