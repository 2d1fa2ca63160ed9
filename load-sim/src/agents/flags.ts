import { oneOf, readFlags, UsageError, wholeNumber } from '../flags.ts';

/** What `npm run sim -- agents` was asked for. */
export interface AgentsFlags {
  readonly sites: number;
  readonly routersPerSite: number;
  readonly intervalMs: number;
  readonly sealMs: number;
  readonly forS: number;
  readonly seed: number;
  readonly connections: number;
  readonly fresh: boolean;
  readonly fastOnly: boolean;
  readonly json: boolean;
  /** The hub to stream to; undefined starts one. */
  readonly hub: GivenHub | undefined;
  readonly own: OwnHubFlags;
  /** Numbers of sites to try one after the other. */
  readonly ramp: readonly number[] | undefined;
  readonly writeHubConfig: string | undefined;
}

export interface OwnHubFlags {
  /** Undefined: a temporary folder. */
  readonly data: string | undefined;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly clickhousePort: number;
  readonly logLevel: string;
}

export interface GivenHub {
  readonly authority: string;
  /** A hub.yaml that holds the agents' tokens. */
  readonly configFile: string;
  readonly clickhouse: {
    readonly url: string;
    readonly user: string;
    readonly passwordFile: string | undefined;
    readonly database: string;
  };
}

export const AGENTS_USAGE = `Usage: npm run sim -- agents [flags]
Streams to a hub what a fleet of agents would send, one stream per site, then compares every stored value with the truth.
Ends with 1 when a row is missing, there twice or wrong, or when a limit of the hub is broken.

  --sites N              sites, one agent each (1000)
  --routers-per-site N   (50)
  --interval-ms N        interval of polls, milliseconds (10000)
  --seal-ms N            age at which an agent seals a batch; divides the interval (1000)
  --for-s N              seconds (60)
  --seed N               seed of every value (1)
  --connections N        HTTP/2 connections that carry the streams (100)
  --fresh                all agents have just been started: every router's first poll reads everything
  --fast-only            only what every poll reads: interfaces, device values, radio clients; all slower collectors are off
  --ramp N,N,…           run once for each of these numbers of sites, with a fresh hub each, until one breaks a limit
  --json                 print one JSON object as the last line on stdout, all else to stderr

Without --hub a hub with the embedded ClickHouse is started:
  --data FOLDER          keep its data here (a temporary folder)
  --http-port N          viewer and API (8080)
  --grpc-port N          agents (4650)
  --clickhouse-port N    embedded ClickHouse (8123)
  --log-level LEVEL      debug, info, warn or error, for the hub's log file (info)

  --hub HOST:PORT        stream to this hub, in plaintext
  --hub-config FILE      its hub.yaml, for the agents' tokens
  --clickhouse-url URL   its ClickHouse, to compare (http://127.0.0.1:8123); --user NAME, --password-file FILE, --database NAME
  --write-hub-config F   write a hub.yaml with an agent for every site, and end
  --help                 this text
`;

const FLAGS = {
  sites: { type: 'string', default: '1000' },
  'routers-per-site': { type: 'string', default: '50' },
  'interval-ms': { type: 'string', default: '10000' },
  'seal-ms': { type: 'string', default: '1000' },
  'for-s': { type: 'string', default: '60' },
  seed: { type: 'string', default: '1' },
  connections: { type: 'string', default: '100' },
  fresh: { type: 'boolean' },
  'fast-only': { type: 'boolean' },
  ramp: { type: 'string' },
  json: { type: 'boolean' },
  data: { type: 'string' },
  'http-port': { type: 'string', default: '8080' },
  'grpc-port': { type: 'string', default: '4650' },
  'clickhouse-port': { type: 'string', default: '8123' },
  'log-level': { type: 'string', default: 'info' },
  hub: { type: 'string' },
  'hub-config': { type: 'string' },
  'clickhouse-url': { type: 'string', default: 'http://127.0.0.1:8123' },
  user: { type: 'string', default: 'default' },
  'password-file': { type: 'string' },
  database: { type: 'string', default: 'poplar' },
  'write-hub-config': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const SITES_MAX = 20_000;

/** Reads the command line. Returns undefined for --help. Throws UsageError. */
export function parseAgentsFlags(args: readonly string[]): AgentsFlags | undefined {
  const values = readFlags(args, FLAGS);
  if (values.help === true) return undefined;
  const number = (flag: NumberFlag, least: number, most: number): number => wholeNumber(flag, values[flag], least, most);
  const intervalMs = number('interval-ms', 100, 3_600_000);
  const sealMs = number('seal-ms', 50, 3_600_000);
  if (intervalMs % sealMs !== 0) throw new UsageError(`--seal-ms ${sealMs}: does not divide --interval-ms ${intervalMs}`);
  if (values.fresh === true && values['fast-only'] === true)
    throw new UsageError('--fast-only and --fresh exclude each other: a first poll reads everything');
  if (values.hub === undefined && values['hub-config'] !== undefined) throw new UsageError('--hub-config needs --hub');
  if (values.hub !== undefined && values.ramp !== undefined)
    throw new UsageError('--ramp starts hubs of its own: leave --hub out');
  return {
    sites: number('sites', 1, SITES_MAX),
    routersPerSite: number('routers-per-site', 1, 1000),
    intervalMs,
    sealMs,
    forS: number('for-s', 1, 864_000),
    seed: number('seed', 0, 2 ** 31),
    connections: number('connections', 1, SITES_MAX),
    fresh: values.fresh === true,
    fastOnly: values['fast-only'] === true,
    json: values.json === true,
    hub: values.hub === undefined ? undefined : givenHub(values.hub, values['hub-config'], values),
    own: {
      data: values.data,
      httpPort: number('http-port', 1, 65_535),
      grpcPort: number('grpc-port', 1, 65_535),
      clickhousePort: number('clickhouse-port', 1, 65_535),
      logLevel: oneOf('log-level', values['log-level'], ['debug', 'info', 'warn', 'error']),
    },
    ramp: values.ramp?.split(',').map((text) => wholeNumber('ramp', text, 1, SITES_MAX)),
    writeHubConfig: values['write-hub-config'],
  };
}

type NumberFlag =
  | 'sites'
  | 'routers-per-site'
  | 'interval-ms'
  | 'seal-ms'
  | 'for-s'
  | 'seed'
  | 'connections'
  | 'http-port'
  | 'grpc-port'
  | 'clickhouse-port';

function givenHub(
  authority: string,
  configFile: string | undefined,
  values: {
    readonly 'clickhouse-url': string;
    readonly user: string;
    readonly 'password-file'?: string | undefined;
    readonly database: string;
  },
): GivenHub {
  if (!/^[^\s/]+:\d+$/.test(authority)) throw new UsageError(`--hub ${authority}: not HOST:PORT`);
  if (configFile === undefined) throw new UsageError('--hub-config is missing: the agents need their tokens');
  const { user, database } = values;
  return {
    authority,
    configFile,
    clickhouse: { url: values['clickhouse-url'], user, passwordFile: values['password-file'], database },
  };
}
