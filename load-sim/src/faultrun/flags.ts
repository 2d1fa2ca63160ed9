import { FlagError, parseFlags, type StackFlags } from '../stack/flags.ts';
import { FAULT_KINDS, type FaultKind } from './kinds.ts';
import { OUTAGE_KINDS, type OutageKind, type OutagePlan } from './outage/plan.ts';

/** What `npm run faults` was asked for. */
export interface FaultFlags {
  readonly stack: StackFlags;
  readonly forMs: number;
  readonly kinds: readonly FaultKind[];
  /** One long outage instead of the schedule. */
  readonly outage: OutagePlan | undefined;
}

export const FAULT_USAGE = `Usage: npm run faults -- [flags]
Runs Poplar with simulated routers, lets everything around it fail by a schedule that the seed decides, then compares every
stored row with the truth. Ends with 1 when anything is missing without a reason, there twice, wrong or not accounted for.

  --for-s N              seconds of faults (300)
  --seed N               seed of the schedule and of everything simulated (1)
  --faults KIND,…        only these kinds (all): ${FAULT_KINDS.slice(0, 6).join(', ')},
                         ${FAULT_KINDS.slice(6, 13).join(', ')},
                         ${FAULT_KINDS.slice(13).join(', ')};
                         spool_full needs Linux with user and mount namespaces
  --outage KIND          instead of the schedule one long outage in the middle of the run (${OUTAGE_KINDS.join(', ')});
                         ends with 1 also when a limit on recovery or memory is broken
  --outage-s N           its seconds (600); --for-s is half as long again and 10 s unless given
  --json                 print one JSON object as the last line on stdout, all else to stderr
  --routers N            simulated routers (100)
  --interval-ms N        interval of polls, milliseconds (1000)
  --sites, --data, --http-port, --grpc-port, --clickhouse-port, --router-net, --mix, --scenario, --log-level
                         as npm start has them
`;

const DEFAULTS = ['--for-s=300', '--routers=100', '--interval-ms=1000', '--router-net=127.92.0.0/16'];
const OUTAGE_DEFAULT_S = 600;
/** Before and after an outage there must be something to compare with. */
const AROUND_OUTAGE_MIN_S = 10;

/** Reads the command line. Returns undefined for --help. Throws FlagError. */
export function parseFaultFlags(args: readonly string[]): FaultFlags | undefined {
  const faults = take('--faults', args);
  const outage = take('--outage', faults.rest);
  const length = take('--outage-s', outage.rest);
  const outageS = length.value === undefined ? OUTAGE_DEFAULT_S : secondsOf(length.value);
  const longer = outage.value === undefined ? [] : [`--for-s=${Math.ceil(1.5 * outageS) + AROUND_OUTAGE_MIN_S}`];
  const stack = parseFlags([...DEFAULTS, ...longer, ...length.rest]);
  if (stack?.forS === undefined) return undefined;
  const kinds = faults.value === undefined ? FAULT_KINDS : faults.value.split(',').map(kindOf);
  const forMs = stack.forS * 1000;
  if (outage.value === undefined) {
    if (length.value !== undefined) throw new FlagError(`--outage-s ${length.value}: say which outage with --outage`);
    return { stack, forMs, kinds, outage: undefined };
  }
  if (faults.value !== undefined) throw new FlagError('--faults and --outage: one of them, they are different runs');
  if (stack.forS < outageS + AROUND_OUTAGE_MIN_S)
    throw new FlagError(`--for-s ${stack.forS}: at least ${AROUND_OUTAGE_MIN_S} s longer than the outage of ${outageS} s`);
  return { stack, forMs, kinds, outage: { kind: outageKindOf(outage.value), forMs: outageS * 1000 } };
}

/** The value of a flag, and the words without both. */
function take(flag: string, args: readonly string[]): { readonly value: string | undefined; readonly rest: readonly string[] } {
  const at = args.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  if (at < 0) return { value: undefined, rest: args };
  const alone = args[at] === flag;
  const value = alone ? (args[at + 1] ?? '') : args[at]?.slice(flag.length + 1);
  return { value, rest: args.toSpliced(at, alone ? 2 : 1) };
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 86_400)
    throw new FlagError(`--outage-s ${text}: not a whole number from 1 to 86400`);
  return seconds;
}

function outageKindOf(text: string): OutageKind {
  const kind = OUTAGE_KINDS.find((one) => one === text);
  if (kind === undefined) throw new FlagError(`--outage ${text}: not one of ${OUTAGE_KINDS.join(', ')}`);
  return kind;
}

function kindOf(text: string): FaultKind {
  const kind = FAULT_KINDS.find((one) => one === text.trim());
  if (kind === undefined) throw new FlagError(`--faults ${text}: not one of ${FAULT_KINDS.join(', ')}`);
  return kind;
}
