import { FlagError, parseFlags, type StackFlags } from '../stack/flags.ts';
import { FAULT_KINDS, type FaultKind } from './kinds.ts';

/** What `npm run faults` was asked for. */
export interface FaultFlags {
  readonly stack: StackFlags;
  readonly forMs: number;
  readonly kinds: readonly FaultKind[];
}

export const FAULT_USAGE = `Usage: npm run faults -- [flags]
Runs Poplar with simulated routers, lets everything around it fail by a schedule that the seed decides, then compares every
stored row with the truth. Ends with 1 when anything is missing without a reason, there twice, wrong or not accounted for.

  --for-s N              seconds of faults (300)
  --seed N               seed of the schedule and of everything simulated (1)
  --faults KIND,…        only these kinds (all): ${FAULT_KINDS.slice(0, 6).join(', ')},
                         ${FAULT_KINDS.slice(6, 12).join(', ')},
                         ${FAULT_KINDS.slice(12).join(', ')}
  --json                 print one JSON object as the last line on stdout, all else to stderr
  --routers N            simulated routers (100)
  --interval-ms N        interval of polls, milliseconds (1000)
  --sites, --data, --http-port, --grpc-port, --clickhouse-port, --router-net, --mix, --scenario, --log-level
                         as npm start has them
`;

const DEFAULTS = ['--for-s=300', '--routers=100', '--interval-ms=1000', '--router-net=127.92.0.0/16'];

/** Reads the command line. Returns undefined for --help. Throws FlagError. */
export function parseFaultFlags(args: readonly string[]): FaultFlags | undefined {
  const at = args.findIndex((arg) => arg === '--faults' || arg.startsWith('--faults='));
  const alone = args[at] === '--faults';
  const text = alone ? (args[at + 1] ?? '') : args[at]?.slice('--faults='.length);
  const others = at < 0 ? args : args.toSpliced(at, alone ? 2 : 1);
  const stack = parseFlags([...DEFAULTS, ...others]);
  if (stack?.forS === undefined) return undefined;
  return { stack, forMs: stack.forS * 1000, kinds: text === undefined ? FAULT_KINDS : text.split(',').map(kindOf) };
}

function kindOf(text: string): FaultKind {
  const kind = FAULT_KINDS.find((one) => one === text.trim());
  if (kind === undefined) throw new FlagError(`--faults ${text}: not one of ${FAULT_KINDS.join(', ')}`);
  return kind;
}
