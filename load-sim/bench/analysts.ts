/** `bench analysts`: the ten queries of docs/analysts.md on the set of 30 days, under the limits of an analyst's login. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { cpuSeconds } from '../src/stack/usage.ts';
import type { BenchContext } from './context.ts';
import { engineVersion } from './hub.ts';
import type { BenchResult, Measurement } from './result.ts';
import { portName, routerName } from './set/plan.ts';
import { linkedPorts } from './set/ports.ts';
import { openSet } from './set/session.ts';

const PAGE = join(resolve(import.meta.dirname, '../..'), 'docs/analysts.md');
const GOAL_MS = 1000;

interface Question {
  /** The sentence above the query. */
  readonly what: string;
  readonly sql: string;
}

/** The page's queries, asked as if it were the end of the set: its last sample is the newest. */
export function questionsOf(page: string, endMs: number): Question[] {
  const end = `toDateTime(${Math.floor(endMs / 1000)}, 'UTC')`;
  const [, section = ''] = page.split(/^## Ten queries$/m);
  return [...section.matchAll(/^([^\n]+)\n\n```sql\n([^]*?)^```$/gm)].map(([, what = '', sql = '']) => ({
    what: what.replace(/[:.(].*$/, '').trim(),
    sql: sql.replaceAll('now()', end),
  }));
}

export async function benchAnalysts(context: BenchContext): Promise<BenchResult> {
  const analyst = { name: 'bench', password: randomBytes(16).toString('hex') };
  await using session = await openSet({ ...context, analysts: [analyst] });
  const { hub, plan } = session;
  const [port] = linkedPorts(plan);
  if (port === undefined) throw new Error('BUG: a set without ports');
  const parameters = { router: routerName(port.router), interface: portName(port.port) };
  const measurements: Measurement[] = [];
  await using client = createClient({
    url: hub.clickhouseUrl,
    username: analyst.name,
    password: analyst.password,
    database: 'poplar',
    log: { level: ClickHouseLogLevel.OFF },
  });
  for (const { what, sql } of questionsOf(readFileSync(PAGE, 'utf8'), plan.endMs)) {
    const times: number[] = [];
    const before = cpuSeconds(hub.enginePid) ?? 0;
    // The first answer opens what later ones find open, and is left out.
    for (let round = -1; round < context.rounds; round++) {
      const startedMs = performance.now();
      const answer = await client.query({ query: sql, query_params: parameters, format: 'JSONEachRow' });
      await answer.text();
      if (round >= 0) times.push(performance.now() - startedMs);
    }
    const cpuMs = (((cpuSeconds(hub.enginePid) ?? 0) - before) * 1000) / (context.rounds + 1);
    measurements.push({ what: `${what}, ms`, rounds: times, anchor: { text: `goal: ≤ ${GOAL_MS}`, value: GOAL_MS } });
    context.print(`${what}: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms, ${cpuMs.toFixed(0)} ms of CPU each`);
  }
  return {
    name: 'analysts',
    conditions:
      'The queries of docs/analysts.md, one at a time, each from a session of its own under the default limits of a login, and with its gates. Now is the end of the set.',
    measurements,
    versions: [await engineVersion(hub.clickhouse)],
  };
}
