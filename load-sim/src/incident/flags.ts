import { FlagError, parseFlags, type StackFlags } from '../stack/flags.ts';

/** What `sim incident` was asked for: one run of the stack per interval, one after another. */
export interface IncidentFlags {
  readonly runs: readonly (StackFlags & { readonly forS: number })[];
  readonly json: boolean;
  readonly memoryLimitMb: number;
  /** Intervals that were not asked for by name and do not fit into the time. */
  readonly leftOutMs: readonly number[];
}

export const INCIDENT_USAGE = `Usage: npm run sim -- incident [flags]
The load under which another system's API was killed for want of memory: 500 routers with interfaces and registration tables,
debug log on, 512 MB for the hub. Runs Poplar at each interval, then compares every stored row with the truth, prints a table,
and ends with 1 when a limit is broken. See docs/incident.md.

  --interval-ms N,…      intervals of polls, milliseconds, one run each (120000,60000,10000,1000)
  --for-s N              length of each run, at least two intervals (600)
  --memory-limit-mb N    memory of the hub's process (512)
  --json                 print one JSON object as the last line on stdout, all else to stderr
  --log-level LEVEL      debug, info, warn or error, for the log files (debug)
  --data FOLDER          keep the data of each run in a folder below this one (temporary folders)
  --routers, --sites, --seed, --mix, --scenario, --refuse-login, --http-port, --grpc-port, --clickhouse-port, --router-net
                         as npm start has them
`;

const INTERVALS_MS = '120000,60000,10000,1000';
const DEFAULTS = ['--for-s=600', '--log-level=debug'];
/** Fewer would say nothing of what goes on from one poll to the next. */
const INTERVALS_PER_RUN = 2;
const MEMORY_LIMIT_MB = '512';

/** Reads the command line. Returns undefined for --help. Throws FlagError. */
export function parseIncidentFlags(args: readonly string[]): IncidentFlags | undefined {
  const [intervals, afterIntervals] = taken(args, 'interval-ms');
  const [limit, others] = taken(afterIntervals, 'memory-limit-mb');
  const all = (intervals ?? INTERVALS_MS).split(',').flatMap((text) => {
    const flags = parseFlags([...DEFAULTS, ...others, `--interval-ms=${text.trim()}`]);
    return flags?.forS === undefined ? [] : [{ ...flags, forS: flags.forS }];
  });
  const [first] = all;
  if (first === undefined) return undefined;
  const fits = ({ forS, intervalMs }: (typeof all)[number]): boolean => forS * 1000 >= INTERVALS_PER_RUN * intervalMs;
  const runs = all.filter(fits);
  const tooLong = all.filter((run) => !fits(run)).map(({ intervalMs }) => intervalMs);
  const [longest] = tooLong;
  if (longest !== undefined && (intervals !== undefined || runs.length === 0))
    throw new FlagError(
      `--for-s ${first.forS} is less than two intervals of ${longest} ms: give --for-s ${Math.ceil((INTERVALS_PER_RUN * longest) / 1000)} or more`,
    );
  return {
    runs: runs.map((run) => ({ ...run, ...(run.data === undefined ? {} : { data: `${run.data}/${run.intervalMs}ms` }) })),
    json: first.json,
    memoryLimitMb: memoryLimit(limit ?? MEMORY_LIMIT_MB),
    leftOutMs: tooLong,
  };
}

/** The value of a flag, and the arguments without it. */
function taken(args: readonly string[], flag: string): [string | undefined, readonly string[]] {
  const at = args.findIndex((arg) => arg === `--${flag}` || arg.startsWith(`--${flag}=`));
  if (at < 0) return [undefined, args];
  const alone = args[at] === `--${flag}`;
  return [alone ? (args[at + 1] ?? '') : args[at]?.slice(flag.length + 3), args.toSpliced(at, alone ? 2 : 1)];
}

function memoryLimit(text: string): number {
  const mb = Number(text);
  if (!Number.isInteger(mb) || mb < 1 || mb > 1_000_000)
    throw new FlagError(`--memory-limit-mb ${text}: not a whole number from 1 to 1000000`);
  return mb;
}
