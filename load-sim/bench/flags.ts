/** The command line of the benchmarks. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError, wholeNumber } from '../src/flags.ts';

export interface BenchFlags {
  /** In the order of the command line; none: all quick ones. */
  readonly names: readonly string[];
  readonly setFolder: string;
  readonly days: number;
  readonly rounds: number;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly clickhousePort: number;
  readonly otherPort: number;
  readonly routerNet: string;
  /** Leaves docs/BENCHMARKS.md as it is. */
  readonly printOnly: boolean;
  readonly help: boolean;
}

/** Throws UsageError. */
export function parseBenchFlags(args: readonly string[], repo: string): BenchFlags {
  const { values, positionals } = parse(args);
  const number = (name: NumberFlag, least: number, most: number): number => wholeNumber(name, values[name], least, most);
  return {
    names: positionals,
    setFolder: resolve(values.data ?? join(repo, 'data/bench')),
    days: number('days', 1, 30),
    rounds: number('rounds', 1, 100),
    httpPort: number('http-port', 1, 65_535),
    grpcPort: number('grpc-port', 1, 65_535),
    clickhousePort: number('clickhouse-port', 1, 65_535),
    otherPort: number('other-port', 1, 65_535),
    routerNet: values['router-net'],
    printOnly: values['print-only'] === true,
    help: values.help === true,
  };
}

const NUMBER_FLAGS = {
  days: { type: 'string', default: '30' },
  rounds: { type: 'string', default: '5' },
  'http-port': { type: 'string', default: '8080' },
  'grpc-port': { type: 'string', default: '4650' },
  'clickhouse-port': { type: 'string', default: '8123' },
  'other-port': { type: 'string', default: '8428' },
} as const;
type NumberFlag = keyof typeof NUMBER_FLAGS;

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...NUMBER_FLAGS,
        data: { type: 'string' },
        'router-net': { type: 'string', default: '127.66.0.0/16' },
        'print-only': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
