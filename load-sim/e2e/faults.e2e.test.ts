import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { agentConfig } from '../src/agent-config.ts';
import { FAULT_KINDS, type FaultKind } from '../src/faults/kinds.ts';
import { parseScenario, type Scenario } from '../src/faults/scenario.ts';
import { type Fleet, planFleet } from '../src/fleet.ts';
import { writeFleet } from '../src/fleet-file.ts';
import { type Child, startChild } from '../src/stack/child.ts';
import { reportText } from '../src/verify/command.ts';
import { createHoldUps } from '../src/verify/hold-ups.ts';
import { readJournal } from '../src/verify/replies.ts';
import { isRight, type VerifyResult, verifyStored } from '../src/verify/verify.ts';
import { until } from './processes.ts';
import { freePorts } from './stack.ts';

const REPO = resolve(import.meta.dirname, '../..');
/** One for each fault, and some without. */
const ROUTERS = 28;
/** Twice what the first visit to all of them takes when other tests run beside it: a healthy router must not be overrun. */
const INTERVAL_MS = 2_000;
const DEADLINE_MS = 1_800;
const FROM_S = 5;
const FOR_S = 9;
/** Two intervals and the moment that an edge takes, to see the routers recover. */
const AFTER_S = 5.5;
/** They come again for the sake of a machine that stood still meanwhile: one round without that is enough. */
const EVERY_S = FOR_S + AFTER_S;
const ROUNDS = 4;

/** Every fault there is, each on a router of its own. */
function everyFault(): Scenario {
  const faults = FAULT_KINDS.map((kind) => ({
    kind,
    share_pct: 100 / ROUTERS,
    from_s: FROM_S,
    for_s: FOR_S,
    every_s: EVERY_S,
    ...(kind === 'duplicate_macs' ? { boards: ['hap-ac2', 'hap-ac3', 'cap-ac'] } : {}),
    ...(kind === 'drip' ? { bytes_per_s: 5 } : {}),
    ...(kind === 'huge_tables' ? { rows: { routes: 20_000, connections: 20_000, leases: 1_000, queues: 200 } } : {}),
  }));
  return parseScenario(stringify({ fleet: { tls: 'certificate', tls_share_pct: 20 }, faults }), 'every fault');
}

/** The same fleet with the faults of two kinds exchanged. */
function exchanged(fleet: Fleet, one: FaultKind, other: FaultKind): Fleet {
  const names = new Map([
    [one, other],
    [other, one],
  ]);
  const faults = fleet.scenario?.faults.map((entry) => ({ ...entry, kind: names.get(entry.kind) ?? entry.kind })) ?? [];
  return { ...fleet, scenario: { ...fleet.scenario, faults } };
}

describe('faults on schedule', () => {
  it('show at the right routers and nowhere else, and every stored value is right', { timeout: 180_000 }, async () => {
    const [grpcPort = 0, clickhousePort = 0] = await freePorts(2);
    const root = mkdtempSync(join(tmpdir(), 'poplar-faults-'));
    const file = (name: string): string => join(root, name);
    const children: Child[] = [];
    const start = async (name: string, ...args: readonly string[]): Promise<Child> => {
      const [script = '', ...flags] = args;
      const child = startChild({ name, args: [join(REPO, script), ...flags], logFile: file(`${name}.log`) });
      children.push(child);
      await child.ready;
      return child;
    };

    try {
      const hub = {
        data_dir: './hub',
        http: { port: 0 },
        grpc: { port: grpcPort },
        clickhouse: { embedded: { port: clickhousePort } },
        agents: [{ name: 'agent1', token: 'secret' }],
      };
      writeFileSync(file('hub.yaml'), stringify(hub));
      await start('hub', 'hub/dist/hub.js', '--config', file('hub.yaml'));

      const fleet = planFleet({
        routers: ROUTERS,
        sites: 2,
        seed: 1,
        startMs: Date.now(),
        routerNet: `127.81.${128 + (process.pid % 100)}.0/24`,
        mix: 'all',
        scenario: everyFault(),
      });
      await writeFleet(file('fleet.json'), fleet);
      const agent = agentConfig(fleet, {
        agent: 'agent1',
        hubAddresses: [`127.0.0.1:${grpcPort}`],
        hubToken: 'secret',
        pollIntervalMs: INTERVAL_MS,
        pollDeadlineMs: DEADLINE_MS,
        spoolFolder: './spool',
      });
      writeFileSync(file('agent.yaml'), agent);
      await start('sim', 'load-sim/src/main.ts', 'routers', '--fleet', file('fleet.json'), '--journal', file('journal'));
      const poller = await start('agent', 'agent/dist/agent.js', '--config', file('agent.yaml'));

      await using client = createClient({
        url: `http://127.0.0.1:${clickhousePort}`,
        username: 'default',
        password: readFileSync(file('hub/clickhouse-password'), 'utf8').trim(),
        database: 'poplar',
        log: { level: ClickHouseLogLevel.OFF },
      });
      const rounds = Array.from({ length: ROUNDS }, (_, round) => fleet.startMs + (FROM_S + round * EVERY_S) * 1_000);
      const isEnough = async (): Promise<boolean> => {
        const holdUps = createHoldUps((await readJournal(file('journal'))).heldUp);
        const polledMs = await newestPollMs(client);
        return rounds
          .map((fromMs) => ({ fromMs, toMs: fromMs + EVERY_S * 1_000 }))
          .some((round) => round.toMs < polledMs && !holdUps.touch(round));
      };
      await until(isEnough, 'polls after the faults', 90_000);
      await poller.stop(20_000);

      const verify = (of: Fleet): Promise<VerifyResult> => verifyStored({ client, fleet: of, journalFile: file('journal') });
      const report = await verify(fleet);
      expect(report, reportText(report)).toMatchObject({
        missing: 0,
        duplicates: 0,
        wrong: 0,
        wrong_outcomes: 0,
        missed_polls: 0,
        slow_recoveries: 0,
      });
      expect(isRight(report)).toBe(true);
      expect(Object.keys(report.fault_polls ?? {})).toEqual(FAULT_KINDS.toSorted());
      expect(report.recoveries).toBeGreaterThan(10);

      // The client that an access point with duplicate MACs tells twice.
      expect(await numberOf(client, 'SELECT toString(max(collapsed_rows)) AS number FROM polls')).toBeGreaterThan(0);

      const mislabelled = await verify(exchanged(fleet, 'refuse', 'wrong_password'));
      expect(mislabelled.outcome_examples.map(({ detail }) => detail)).toContainEqual(
        expect.stringMatching(/^refused .* instead of auth: wrong_password from/),
      );
      expect(isRight(mislabelled)).toBe(false);
    } finally {
      for (const child of children.toReversed()) await child.stop(20_000);
      rmSync(root, { recursive: true, force: true });
    }
  });
});

function newestPollMs(client: ClickHouseClient): Promise<number> {
  return numberOf(client, 'SELECT toString(toUnixTimestamp64Milli(max(ts))) AS number FROM polls');
}

async function numberOf(client: ClickHouseClient, query: string): Promise<number> {
  const answer = await client.query({ query, format: 'JSONEachRow' });
  const [row] = await answer.json<{ number: string }>();
  return Number(row?.number);
}
