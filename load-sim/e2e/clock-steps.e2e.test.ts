import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { type Child, startChild } from '../src/stack/child.ts';
import { prepareFleet, stackFolder, writeConfigs } from '../src/stack/configs.ts';
import { parseFlags } from '../src/stack/flags.ts';
import { reportText } from '../src/verify/command.ts';
import { readJournal } from '../src/verify/replies.ts';
import { verifyStored } from '../src/verify/verify.ts';
import { until } from './processes.ts';
import { freePorts, getJson } from './stack.ts';
import { CLOCK_SHIFT_FILE, setClockShift } from './stepped-clock.ts';

const REPO = resolve(import.meta.dirname, '../..');
const HOUR_MS = 3_600_000;
const INTERVAL_MS = 1000;
const REACH_MS = 2.5 * INTERVAL_MS;
/** As the verification of rows has it. */
const TOLERANCE_MS = 20;
const ROUTERS = 6;

const POLL = z.object({
  router: z.string(),
  ms: z.coerce.number(),
  poll_number: z.coerce.number(),
  baseline: z.string(),
  outcome: z.string(),
  duration_ms: z.coerce.number(),
  interface_rows: z.coerce.number(),
});
const PORT = z.object({ router: z.string(), site: z.string(), port: z.string() });
const SAMPLE = z.object({ ms: z.coerce.number(), baseline: z.string(), rx_bytes: z.coerce.number() });
const COUNTS = z.object({ raw: z.coerce.number(), distinct: z.coerce.number() });
const OVERVIEW = z.object({
  agents: z.array(z.object({ clock_offset_ms: z.number().nullable(), clock_off: z.boolean() })).length(1),
});
const SERIES = z.object({
  summary: z.object({ rx: z.object({ total_bytes: z.number().nullable(), max_bps: z.number().nullable() }) }),
});

async function select<Row extends z.ZodType>(client: ClickHouseClient, row: Row, query: string): Promise<z.output<Row>[]> {
  const answer = await client.query({ query, format: 'JSONEachRow' });
  return z.array(row).parse(await answer.json());
}

/** By how much the agent's clock was off when it said this, within a run that took minutes. */
const shiftOf = (ms: number, startMs: number): number => HOUR_MS * Math.round((ms - startMs) / HOUR_MS);

it('a clock that steps by an hour, forth and back, costs no sample, doubles none and makes no traffic', {
  timeout: 180_000,
}, async () => {
  const [httpPort = 0, grpcPort = 0, clickhousePort = 0] = await freePorts(3);
  const root = mkdtempSync(join(tmpdir(), 'poplar-clock-'));
  const folder = stackFolder(root);
  const flags = parseFlags(
    `--routers ${ROUTERS} --sites 1 --interval-ms ${INTERVAL_MS} --router-net 127.${30 + (process.pid % 90)}.0.0/16 --http-port ${httpPort} --grpc-port ${grpcPort} --clickhouse-port ${clickhousePort}`.split(
      ' ',
    ),
  );
  if (flags === undefined) throw new Error('no flags');
  const startMs = Date.now();
  const fleet = await prepareFleet(folder, flags, startMs);
  writeConfigs(folder, fleet, flags);
  const agentFile = z.record(z.string(), z.unknown()).parse(parse(readFileSync(folder.agentConfig, 'utf8')));
  writeFileSync(folder.agentConfig, stringify({ ...agentFile, collectors: { clock: { interval_ms: 0 } } }));
  const shiftFile = join(root, 'clock-shift');
  setClockShift(shiftFile, 0);

  const children = new Map<string, Child>();
  const start = async (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> => {
    const child = startChild({ name, args, env, logFile: folder.logFile(name) });
    children.set(name, child);
    await child.ready;
  };
  try {
    await start('hub', [join(REPO, 'hub/src/main.ts'), '--config', folder.hubConfig]);
    await start('sim', [
      join(REPO, 'load-sim/src/main.ts'),
      'routers',
      '--fleet',
      folder.fleetFile,
      '--journal',
      folder.journalFile,
    ]);
    const preload = ['--import', join(import.meta.dirname, 'stepped-clock.ts')];
    await start('agent', [...preload, join(REPO, 'agent/src/main.ts'), '--config', folder.agentConfig], {
      [CLOCK_SHIFT_FILE]: shiftFile,
    });
    await using client = createClient({
      url: `http://127.0.0.1:${clickhousePort}`,
      username: 'default',
      password: readFileSync(folder.clickhousePasswordFile, 'utf8').trim(),
      database: 'poplar',
      log: { level: ClickHouseLogLevel.OFF },
    });
    const stored = async (): Promise<number> =>
      (await select(client, COUNTS, 'SELECT count() AS raw, count() AS distinct FROM polls FINAL'))[0]?.raw ?? 0;
    const more = async (what: string): Promise<void> => {
      const before = await stored();
      await until(async () => (await stored()) >= before + 10 * ROUTERS, `polls ${what}`, 60_000);
    };
    const agentNow = async () => {
      const [agent] = OVERVIEW.parse(await getJson(`http://127.0.0.1:${httpPort}/api/v1/overview`)).agents;
      if (agent === undefined) throw new Error('no agent');
      return agent;
    };

    await more('before any step');
    const steppedMs = Date.now();
    for (const shiftMs of [HOUR_MS, 0, -HOUR_MS]) {
      setClockShift(shiftFile, shiftMs);
      // The hub's clock minus the agent's.
      const isFlagged = async (): Promise<boolean> => {
        const { clock_offset_ms: offset, clock_off: off } = await agentNow();
        return offset !== null && Math.abs(offset + shiftMs) < 1000 && off === (shiftMs !== 0);
      };
      await until(isFlagged, `the offset of ${shiftMs} ms to be known`, 60_000);
      await more(`with a clock that is off by ${shiftMs} ms`);
    }
    await children.get('agent')?.stop(20_000);
    await children.get('sim')?.stop(5_000);
    const endMs = Date.now();

    const polls = await select(
      client,
      POLL,
      `SELECT router, toUnixTimestamp64Milli(ts) AS ms, poll_number, toString(baseline) AS baseline, outcome, duration_us / 1000 AS duration_ms, interface_rows
       FROM polls FINAL ORDER BY poll_number`,
    );
    expect(polls.map(({ poll_number }) => poll_number)).toEqual(polls.map((_, index) => index + 1));
    // On a busy machine a visit may be too long for the next one, which is on record then.
    expect(polls.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'overrun')).toEqual([]);

    // Every reply that a router gave is one poll at its time, by the agent's clock then.
    const { replies } = await readJournal(folder.journalFile);
    for (const { router, index } of fleet.routers) {
      const own = polls.filter((poll) => poll.router === router && poll.outcome === 'ok');
      const served = [...(replies.get(index)?.all() ?? [])].filter(({ menu }) => menu === '/interface');
      expect(own).toHaveLength(served.length);
      expect(own.map(({ ms }) => shiftOf(ms, startMs)).filter((shift, at, all) => shift !== all[at - 1])).toEqual([
        0,
        HOUR_MS,
        0,
        -HOUR_MS,
      ]);
      for (const [at, { ms, duration_ms, baseline }] of own.entries()) {
        const trueMs = ms - shiftOf(ms, startMs);
        const servedMs = served[at]?.atMs ?? Number.NaN;
        expect(servedMs).toBeGreaterThanOrEqual(trueMs - TOLERANCE_MS);
        expect(servedMs).toBeLessThanOrEqual(trueMs + duration_ms + TOLERANCE_MS);
        const before = own[at - 1] ?? { ms, baseline };
        expect(baseline === before.baseline).toBe(shiftOf(ms, startMs) === shiftOf(before.ms, startMs));
      }
    }

    // What the polls say they brought is there, once.
    for (const [table, column] of [
      ['interface_counters', 'interface_rows'],
      ['device_resources', 'device_rows'],
      ['router_clocks', 'router_clock_rows'],
    ]) {
      const [counts] = await select(
        client,
        COUNTS,
        `SELECT count() AS raw, (SELECT sum(${column}) FROM polls FINAL) AS distinct FROM ${table} FINAL`,
      );
      expect(counts?.raw).toBeGreaterThan(0);
      expect(counts).toEqual({ raw: counts?.distinct, distinct: counts?.distinct });
    }

    // No rate spans a step.
    const [port] = await select(
      client,
      PORT,
      'SELECT router, site, interface AS port FROM interface_counters FINAL ORDER BY rx_bytes DESC LIMIT 1',
    );
    if (port === undefined) throw new Error('no port');
    const samples = await select(
      client,
      SAMPLE,
      `SELECT toUnixTimestamp64Milli(ts) AS ms, toString(baseline) AS baseline, rx_bytes FROM interface_counters FINAL
       WHERE router = '${port.router}' AND interface = '${port.port}' AND ts < fromUnixTimestamp64Milli(${endMs}) ORDER BY interface_counters.ts`,
    );
    const steps = samples.flatMap((sample, at) => {
      const before = samples[at - 1];
      if (before === undefined || before.baseline !== sample.baseline || sample.ms - before.ms > REACH_MS) return [];
      return [{ bytes: sample.rx_bytes - before.rx_bytes, ms: sample.ms - before.ms }];
    });
    expect(steps.length).toBeGreaterThan(20);
    const path = `/api/v1/routers/${port.site}/${port.router}/interfaces/${encodeURIComponent(port.port)}/series`;
    const { summary } = SERIES.parse(
      await getJson(`http://127.0.0.1:${httpPort}${path}?from_ms=${startMs - 2 * HOUR_MS}&to_ms=${endMs}`),
    );
    expect(summary.rx.total_bytes).toBe(steps.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(summary.rx.max_bps).toBeCloseTo(Math.max(...steps.map(({ bytes, ms }) => (bytes * 8000) / ms)), 0);

    // Row by row, for as long as nothing had stepped: the clocks of the routers are read at every visit.
    const report = await verifyStored({ client, fleet, journalFile: folder.journalFile, untilMs: steppedMs - 1000 });
    expect(report, reportText(report)).toMatchObject({ missing: 0, duplicates: 0, wrong: 0 });
    expect(report.tables.router_clocks.rows_stored).toBeGreaterThan(4 * ROUTERS);
  } finally {
    for (const child of children.values()) await child.stop(20_000);
    rmSync(root, { recursive: true, force: true });
  }
});
