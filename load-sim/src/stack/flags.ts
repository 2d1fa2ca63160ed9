import { parseArgs } from 'node:util';
import { MIX_NAMES, type MixName } from '../boards/mix.ts';

/** What `npm start` was asked for. */
export interface StackFlags {
  readonly routers: number;
  readonly sites: number;
  readonly seed: number;
  readonly intervalMs: number;
  /** Ends by itself after this long; undefined runs until stopped. */
  readonly forS: number | undefined;
  readonly json: boolean;
  /** Folder that is kept; undefined means ./data/trial, or a fresh temporary folder with --for-s. */
  readonly data: string | undefined;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly clickhousePort: number;
  readonly routerNet: string;
  readonly refuseLogin: number;
  readonly mix: MixName;
  /** File that says what goes wrong with the routers; undefined: nothing does. */
  readonly scenario: string | undefined;
  /** Whether the hub evaluates its default rules. */
  readonly alerts: boolean;
  readonly logLevel: string;
}

export const USAGE = `Usage: npm start -- [flags]
Runs Poplar whole: simulated routers, an agent, a hub with the embedded ClickHouse, and the viewer.

  --routers N            simulated routers (500)
  --sites N              sites they are spread over (5)
  --seed N               seed of everything simulated (1)
  --interval-ms N        interval of polls, milliseconds (10000)
  --for-s N              end after N seconds and compare what is stored with the truth
  --json                 print one JSON object as the last line on stdout, all else to stderr
  --data FOLDER          keep the data here (./data/trial; with --for-s a temporary folder)
  --http-port N          viewer and API (8080)
  --grpc-port N          agents (4650)
  --clickhouse-port N    embedded ClickHouse (8123)
  --router-net NET       loopback network of the simulated routers (127.64.0.0/16)
  --refuse-login N       this many routers refuse the password (0)
  --mix NAME             usual: what a provider has; all: every board in every version that runs on it (usual)
  --scenario FILE        let things go wrong with the routers as the file says, see docs/scenarios.md
  --alerts               evaluate the default rules of alerts, see docs/alerts.md
  --log-level LEVEL      debug, info, warn or error, for the log files (info)
  --help                 this text
`;

/** The command line cannot be used; the message says why. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

/** Reads the command line. Returns undefined for --help. Throws FlagError. */
export function parseFlags(args: readonly string[]): StackFlags | undefined {
  const values = readValues(args);
  if (values.help === true) return undefined;
  const number = (name: NumberFlag, least: number, most: number): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new FlagError(`--${name} ${values[name]}: not a whole number from ${least} to ${most}`);
    return value;
  };
  return {
    routers: number('routers', 1, 20_000),
    sites: number('sites', 1, 1000),
    seed: number('seed', 0, 2 ** 31),
    intervalMs: number('interval-ms', 100, 86_400_000),
    forS: values['for-s'] === undefined ? undefined : number('for-s', 1, 864_000),
    json: values.json === true,
    data: values.data,
    httpPort: number('http-port', 1, 65_535),
    grpcPort: number('grpc-port', 1, 65_535),
    clickhousePort: number('clickhouse-port', 1, 65_535),
    routerNet: values['router-net'] ?? '127.64.0.0/16',
    refuseLogin: number('refuse-login', 0, 20_000),
    mix: mixName(values.mix ?? 'usual'),
    scenario: values.scenario,
    alerts: values.alerts === true,
    logLevel: logLevel(values['log-level'] ?? 'info'),
  };
}

const NUMBER_FLAGS = {
  routers: { type: 'string', default: '500' },
  sites: { type: 'string', default: '5' },
  seed: { type: 'string', default: '1' },
  'interval-ms': { type: 'string', default: '10000' },
  'for-s': { type: 'string' },
  'http-port': { type: 'string', default: '8080' },
  'grpc-port': { type: 'string', default: '4650' },
  'clickhouse-port': { type: 'string', default: '8123' },
  'refuse-login': { type: 'string', default: '0' },
} as const;
type NumberFlag = keyof typeof NUMBER_FLAGS;

function readValues(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...NUMBER_FLAGS,
        json: { type: 'boolean' },
        data: { type: 'string' },
        'router-net': { type: 'string' },
        mix: { type: 'string' },
        scenario: { type: 'string' },
        alerts: { type: 'boolean' },
        'log-level': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new FlagError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function mixName(name: string): MixName {
  const mix = MIX_NAMES.find((one) => one === name);
  if (mix === undefined) throw new FlagError(`--mix ${name}: not one of ${MIX_NAMES.join(', ')}`);
  return mix;
}

function logLevel(level: string): string {
  if (['debug', 'info', 'warn', 'error'].includes(level)) return level;
  throw new FlagError(`--log-level ${level}: not one of debug, info, warn, error`);
}
