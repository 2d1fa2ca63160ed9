/** `bench hubs`: what a second hub adds, before one ClickHouse. Each hub gets so little of a core that it is what limits. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { startChild } from '../src/stack/child.ts';
import { stackFolder } from '../src/stack/configs.ts';
import { HUB_GRACE_MS, hubProgram } from '../src/stack/programs.ts';
import { type BenchContext, temporaryFolder } from './context.ts';
import { createCpuQuota } from './cpu-quota.ts';
import { connectFeeder } from './feeder.ts';
import { type BenchHub, engineVersion, queryRows, startBenchHub } from './hub.ts';
import { createIngestBatches } from './ingest-batches.ts';
import type { BenchResult } from './result.ts';
import { createBenchFleet } from './set/fleet.ts';
import { usualPlan } from './set/plan.ts';

const ROWS_PER_ROUND = 150_000;
const POLLS_PER_BATCH = 50;
const AGENTS = 10;
/** Percent of a core, for each hub. */
const QUOTA_PCT = 10;

const readyMessage = z.object({ grpcPort: z.number() });
const countRow = z.object({ rows: z.coerce.number(), kept: z.coerce.number() });

export async function benchHubs(context: BenchContext): Promise<BenchResult> {
  // Given back when the hubs have left them.
  using first = createCpuQuota('a', QUOTA_PCT);
  using second = createCpuQuota('b', QUOTA_PCT);
  if (first === undefined || second === undefined)
    throw new Error('Cannot confine a hub to a part of a core: no control group of cpu can be made here. Run as root, on Linux.');
  await using folder = await temporaryFolder();
  const agents = Array.from({ length: AGENTS }, (_, index) => ({
    name: `agent${index}`,
    token: randomBytes(16).toString('hex'),
  }));
  await using hub = await startBenchHub({ ...context, folder: folder.path, agents });
  await using peer = await startPeer(folder.path, hub, agents);
  const fleet = createBenchFleet(usualPlan(Date.now(), 1));
  const make = createIngestBatches(fleet, { polls: POLLS_PER_BATCH, agents: AGENTS, rowsPerRound: ROWS_PER_ROUND });
  const rates: Record<'one' | 'two', number[]> = { one: [], two: [] };
  let sent = 0;
  first.enter(hub.hubPid);
  second.enter(peer.pid);
  // The first of each warms the code up and is left out.
  for (let round = 0; round < 2 * (context.rounds + 1); round++) {
    const hubs = round % 2 === 0 ? 'one' : 'two';
    const batches = await Promise.all(agents.map(({ name }, index) => make(name, index, round)));
    const ports = agents.map((_, index) => (hubs === 'two' && index % 2 === 1 ? peer.grpcPort : hub.grpcPort));
    const feeders = await Promise.all(agents.map(({ name, token }, index) => connectFeeder(ports[index] ?? 0, name, token)));
    const startedMs = performance.now();
    await Promise.all(feeders.map((feeder, index) => feeder.send(batches[index] ?? [])));
    const wallS = (performance.now() - startedMs) / 1000;
    for (const feeder of feeders) feeder[Symbol.dispose]();
    const rows = batches.flat().length * POLLS_PER_BATCH * fleet.plan.portsPerRouter;
    sent += rows;
    if (round >= 2) rates[hubs].push(rows / wallS);
    context.print(`${hubs} hub${hubs === 'two' ? 's' : ''}: ${Math.round(rows / wallS)} rows/s`);
  }
  await expectAll(hub, sent);
  const ratios = rates.two.map((rate, index) => rate / (rates.one[index] ?? Number.NaN));
  return {
    name: 'hubs',
    conditions: `Each hub has ${QUOTA_PCT} % of a core (${first.kind}), their ClickHouse what is left of the machine. ${AGENTS} agents send batches of ${POLLS_PER_BATCH} polls, to one hub or half of them to each of two; rounds of both take turns. Afterwards every row is counted: none is missing, none is there twice.`,
    measurements: [
      { what: 'one hub, rows per second', rounds: rates.one },
      { what: 'two hubs, rows per second', rounds: rates.two },
      { what: 'two ÷ one, of rounds one after the other', rounds: ratios, anchor: { text: 'at best: 2', value: 2 } },
    ],
    versions: [await engineVersion(hub.clickhouse)],
  };
}

/** A hub without an engine of its own, on the other one's ClickHouse. */
async function startPeer(root: string, hub: BenchHub, agents: readonly { readonly name: string; readonly token: string }[]) {
  const folder = stackFolder(root);
  const file = join(root, 'peer.yaml');
  const config = {
    data_dir: './peer',
    http: { port: 0 },
    grpc: { port: 0 },
    clickhouse: { url: hub.clickhouseUrl, password_file: folder.clickhousePasswordFile },
    agents,
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
  const child = startChild(hubProgram(folder, file, 'peer'));
  const { grpcPort } = readyMessage.parse(await child.ready);
  return {
    pid: child.pid,
    grpcPort,
    async [Symbol.asyncDispose]() {
      await child.stop(HUB_GRACE_MS);
    },
  };
}

async function expectAll(hub: BenchHub, sent: number): Promise<void> {
  const [counts] = z
    .array(countRow)
    .parse(
      await queryRows(
        hub.clickhouse,
        'SELECT (SELECT count() FROM interface_counters) AS rows, (SELECT count() FROM interface_counters FINAL) AS kept',
      ),
    );
  if (counts?.kept !== sent || counts.rows !== sent)
    throw new Error(`${sent} rows were sent, ${counts?.rows} are stored, ${counts?.kept} of them different ones`);
}
