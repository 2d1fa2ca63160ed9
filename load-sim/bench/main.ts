/** `npm run bench`: measures, prints, and rewrites the tables in docs/BENCHMARKS.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../src/flags.ts';
import { benchAnalysts } from './analysts.ts';
import { benchCodec } from './codec.ts';
import type { BenchContext } from './context.ts';
import { type BenchFlags, parseBenchFlags } from './flags.ts';
import { benchDayGraphs, benchMonthGraphs } from './graphs.ts';
import { benchGrowth } from './growth.ts';
import { benchHubs } from './hubs.ts';
import { benchIngest } from './ingest.ts';
import { benchLogging } from './logging.ts';
import { machineLine } from './machine.ts';
import { replaceSection } from './page.ts';
import { benchPolling } from './polling.ts';
import { benchPresent } from './present.ts';
import { type BenchResult, resultSection } from './result.ts';
import { prepareSet, readSet } from './set/prepare.ts';
import { benchSpool } from './spool.ts';
import { benchStorage } from './storage.ts';
import { benchVictoria } from './victoria.ts';
import { benchViewer } from './viewer.ts';

const REPO = resolve(import.meta.dirname, '../..');
const PAGE = join(REPO, 'docs/BENCHMARKS.md');

interface Benchmark {
  readonly what: string;
  readonly run: (context: BenchContext) => Promise<BenchResult>;
  /** Runs on the set of 30 days. */
  readonly needsSet?: true;
  /** Only when it is named. */
  readonly slow?: true;
}

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  codec: { what: 'sealing and opening of batches, bytes on the wire', run: benchCodec },
  spool: { what: 'the agent’s spool: durable appends, reading back', run: benchSpool },
  ingest: { what: 'hub CPU per row beside ClickHouse’s own', run: benchIngest },
  hubs: { what: 'rows per second of one hub and of two, each with a small part of a core', run: benchHubs, slow: true },
  victoria: { what: 'the same samples into VictoriaMetrics, where it is installed', run: benchVictoria },
  polling: { what: 'CPU and memory of an agent with 500 routers', run: benchPolling },
  growth: { what: 'CPU and memory of an agent with 100 to 5 000 routers', run: benchGrowth, slow: true },
  logging: { what: 'what debug costs hub and agent beside info', run: benchLogging, slow: true },
  viewer: { what: 'size of the viewer', run: benchViewer },
  graphs: { what: 'a port over 24 hours, out of the set of 30 days', run: benchDayGraphs, needsSet: true },
  month: { what: 'a port over 30 days', run: benchMonthGraphs, needsSet: true },
  present: { what: 'overview and list of routers, on the same set', run: benchPresent, needsSet: true },
  analysts: { what: 'the ten queries of docs/analysts.md, on the same set', run: benchAnalysts, needsSet: true },
  storage: { what: 'other keys, codecs and partitions for interface_counters', run: benchStorage, needsSet: true, slow: true },
};

const USAGE = `Usage: npm run bench -- [NAME …] [flags]      without a name: all that are quick
Measures, and rewrites the tables in docs/BENCHMARKS.md.

${Object.entries(BENCHMARKS)
  .map(([name, { what }]) => `  ${name.padEnd(12)} ${what}`)
  .join('\n')}
  prepare      makes the set of 30 days; a folder that has it stays as it is

  --data FOLDER          of the set (./data/bench)
  --days N               of the set, when it is made (30)
  --rounds N             rounds of each measurement (5)
  --print-only           leave docs/BENCHMARKS.md as it is
  --http-port N, --grpc-port N, --clickhouse-port N      of the hub (8080, 4650, 8123)
  --other-port N         of VictoriaMetrics (8428)
  --router-net NET       loopback network of the simulated routers (127.66.0.0/16)
`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const flags = parseBenchFlags(process.argv.slice(2), REPO);
  if (flags.help) return print(USAGE.trimEnd());
  const names = flags.names.length > 0 ? flags.names : quickOnes(flags);
  for (const name of names)
    if (name !== 'prepare' && BENCHMARKS[name] === undefined) throw new UsageError(`there is no benchmark ${name}`);
  for (const name of names) {
    if (name === 'prepare') await prepareSet({ ...flags, folder: flags.setFolder, nowMs: Date.now(), print });
    const benchmark = BENCHMARKS[name];
    if (benchmark !== undefined) await runBenchmark(name, benchmark, flags);
  }
}

function quickOnes({ setFolder }: BenchFlags): string[] {
  const prepared = readSet(setFolder)?.complete === true;
  if (!prepared)
    print(`Leaves out what runs on the set of 30 days: ${setFolder} does not hold it. Make it with: npm run bench -- prepare`);
  return Object.entries(BENCHMARKS)
    .filter(([, { needsSet, slow }]) => slow !== true && (prepared || needsSet !== true))
    .map(([name]) => name);
}

async function runBenchmark(name: string, { what, run }: Benchmark, flags: BenchFlags): Promise<void> {
  print(`\n${name}: ${what}`);
  const result = await run({ ...flags, print });
  const section = resultSection(result, machineLine(result.versions ?? [], Date.now()));
  print(`\n${section}`);
  if (flags.printOnly) return;
  writeFileSync(PAGE, replaceSection(readFileSync(PAGE, 'utf8'), name, section));
  if (result.picture !== undefined) writeFileSync(join(dirname(PAGE), result.picture.path), result.picture.svg);
}

// Hubs and simulators end with their channel, what else was started with this process' exit.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => process.exit(130));
try {
  await main();
} catch (error) {
  const expected = error instanceof UsageError;
  process.stderr.write(
    `${error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error)}\n`,
  );
  if (expected) process.stderr.write(`\n${USAGE}`);
  process.exitCode = expected ? 2 : 1;
}
