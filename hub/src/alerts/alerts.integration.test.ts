/** Rules on the real engine: hysteresis, time, what explains what, late rows, two hubs, and rules that fail. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pollRow, type TestRow } from '../api/testing.ts';
import { StoreError } from '../clickhouse/store-error.ts';
import type { Interest } from './notification.ts';
import type { AlertStore } from './store.ts';
import { type AlertBench, bookOf, startAlertBench } from './testing.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Of late: old notifications are dropped. */
const T0 = Math.floor(Date.now() / (60 * MINUTE)) * 60 * MINUTE - 240 * MINUTE;
const isoAt = (minutes: number): string => new Date(T0 + minutes * MINUTE).toISOString();
const never = new AbortController().signal;
const NOC: Interest = { name: 'noc', severity: 'info', sites: [], rules: [] };

let bench: AlertBench;
beforeAll(async () => {
  bench = await startAlertBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(() => bench.store.clear());

const HOT = `rules:
  - name: hot
    description: It is hot
    severity: warning
    sql: SELECT ts, site, router, sensor AS object, value, state FROM sensors WHERE {window}
    unit: °C
    fire_above: 80
    clear_below: 70
    for_ms: 60000
    keep_ms: 60000
    summary: '{object} of {router} at {value} {unit}'
`;

/** Readings every half a minute from T0 on, in minutes and degrees. */
async function readings(
  values: readonly number[],
  { fromMs = T0, ...more }: TestRow & { readonly fromMs?: number } = {},
): Promise<void> {
  await bench.store.insert(
    'sensors',
    values.map((value, index) => ({
      ts: fromMs + index * 30 * SECOND,
      site: 'fra1',
      router: 'r1',
      sensor: 'cpu',
      agent: 'a1',
      rank: 1,
      value,
      unit: 'C',
      ...more,
    })),
  );
}

async function notifications(): Promise<unknown[]> {
  const answer = await bench.store.client.query({
    query: 'SELECT rule, kind, receiver FROM notifications FINAL ORDER BY created_at, rule, kind, receiver',
    format: 'JSONCompactEachRow',
  });
  return await answer.json();
}

const at = (minutes: number): number => T0 + minutes * MINUTE + SECOND;

describe('an incident', () => {
  it('opens after for_ms, stays between the thresholds, and closes after keep_ms', { timeout: 60_000 }, async () => {
    const hub = bench.evaluator(bookOf(HOT), { interests: [NOC] });
    await readings([60, 85, 86]);
    await hub.at(at(1));
    expect(await bench.incidents()).toEqual([]);
    // Between the thresholds it goes on.
    await readings([75, 75], { fromMs: T0 + 90 * SECOND });
    await hub.at(at(2));
    expect(await bench.incidents()).toEqual([]);
    await readings([81], { fromMs: T0 + 105 * SECOND });
    await hub.at(at(3));
    expect(await bench.incidents()).toMatchObject([
      { rule: 'hot', object: 'cpu', started_ms: T0 + 30 * SECOND, closed_ms: null, summary: 'cpu of r1 at 81 °C', announced: 1 },
    ]);
    // One good reading is not enough, and a bad one starts the waiting anew.
    await readings([65, 84, 66, 66], { fromMs: T0 + 150 * SECOND });
    await hub.at(at(4));
    expect(await bench.incidents()).toMatchObject([{ closed_ms: null }]);
    await readings([66], { fromMs: T0 + 270 * SECOND });
    await hub.at(at(5));
    expect(await bench.incidents()).toMatchObject([
      { started_ms: T0 + 30 * SECOND, closed_ms: T0 + 210 * SECOND, close_reason: 'cleared', announced: 2 },
    ]);
    expect(await notifications()).toEqual([
      ['hot', 'opened', 'noc'],
      ['hot', 'closed', 'noc'],
    ]);
  });

  it('is the same for two hubs that evaluate at once, and however often', { timeout: 60_000 }, async () => {
    await readings([60, 85, 86, 87, 88]);
    const [one, two] = [0, 1].map(() => bench.evaluator(bookOf(HOT), { interests: [NOC] }));
    await Promise.all([one?.at(at(2.5)), two?.at(at(2.6))]);
    await two?.at(at(2.8));
    await one?.at(at(2.9));
    expect(await bench.incidents()).toHaveLength(1);
    expect(await notifications()).toEqual([['hot', 'opened', 'noc']]);
  });

  it('that late rows take back closes as withdrawn, and a correction follows', { timeout: 60_000 }, async () => {
    await readings([85, 86, 87, 88]);
    const hub = bench.evaluator(bookOf(HOT), { interests: [NOC] });
    await hub.at(at(2));
    // The same readings of a later run of the agent.
    await readings([50, 50, 50, 50], { rank: 2 });
    await hub.at(at(3));
    expect(await bench.incidents()).toMatchObject([{ started_ms: T0, closed_ms: T0, close_reason: 'withdrawn', announced: 2 }]);
    expect(await notifications()).toEqual([
      ['hot', 'opened', 'noc'],
      ['hot', 'corrected', 'noc'],
    ]);
  });

  it('closes for want of data once nothing is heard of its object, and with its rule', { timeout: 60_000 }, async () => {
    await readings([85, 86, 87, 88]);
    const hub = bench.evaluator(bookOf(HOT));
    await hub.at(at(2));
    await hub.at(at(11));
    expect(await bench.incidents()).toMatchObject([{ closed_ms: null }]);
    await hub.at(at(60));
    expect(await bench.incidents()).toMatchObject([{ close_reason: 'no_data' }]);

    await readings([85, 86, 87, 88], { fromMs: T0 + 90 * MINUTE });
    await hub.at(at(92));
    await bench.evaluator(bookOf('rules: []')).at(at(92.5));
    expect((await bench.incidents()).map(({ close_reason }) => close_reason)).toEqual(['no_data', 'rule_removed']);
  });

  it('is told after a hub that died at any point before', { timeout: 60_000 }, async () => {
    await readings([85, 86, 87, 88]);
    for (const method of ['queue', 'putIncidents'] as const) {
      let calls = 0;
      const dying: AlertStore = {
        ...bench.alerts,
        [method]: (...given: Parameters<AlertStore[typeof method]>) => {
          calls += 1;
          // Of putIncidents the last call says that it was said.
          if (calls === (method === 'queue' ? 1 : 3)) return Promise.reject(new StoreError('killed', { retryable: true }));
          return Reflect.apply(bench.alerts[method], undefined, given);
        },
      };
      const hub = bench.evaluator(bookOf(HOT), { interests: [NOC], alerts: dying });
      await expect(hub.at(at(2))).rejects.toThrow('killed');
      await bench.evaluator(bookOf(HOT), { interests: [NOC] }).at(at(2.1));
      expect(await bench.incidents()).toMatchObject([{ closed_ms: null, announced: 1 }]);
      expect(await notifications()).toEqual([['hot', 'opened', 'noc']]);
      for (const table of ['incidents', 'notifications']) await bench.store.client.command({ query: `TRUNCATE TABLE ${table}` });
    }
  });
});

const FAMILY = `rules:
  - name: child
    description: A router is down
    severity: warning
    sql: SELECT ts, site, router, '' AS object, outcome != 'ok' AS value FROM polls WHERE {window}
    fire_above: 0
    parents: [parent]
  - name: parent
    description: A site is down
    severity: critical
    sql: SELECT ts, site, '' AS router, '' AS object, outcome != 'ok' AS value FROM polls WHERE {window} AND polls.router = 'gateway'
    fire_above: 0
    for_ms: 60000
maintenance:
  - name: upgrade
    sites: [ams1]
    from: ${isoAt(0)}
    to: ${isoAt(10)}
`;

async function polls(site: string, router: string, outcome: string, minutes: readonly number[]): Promise<void> {
  await bench.store.insert(
    'polls',
    minutes.map((minute) => pollRow({ site, router, outcome, ts: T0 + minute * MINUTE })),
  );
}

describe('what explains an incident', () => {
  it('keeps it quiet: a parent that may be opening, one that is open, no longer one that closed', {
    timeout: 60_000,
  }, async () => {
    const hub = bench.evaluator(bookOf(FAMILY), { interests: [NOC] });
    for (const router of ['gateway', 'r1', 'r2']) await polls('fra1', router, 'timeout', [0, 0.5]);
    await hub.at(at(0.5));
    const children = async () => (await bench.incidents()).filter(({ rule }) => rule === 'child');
    expect((await children()).map(({ suppressed_by, announced }) => [suppressed_by, announced])).toEqual([
      ['rule:parent', 0],
      ['rule:parent', 0],
      ['rule:parent', 0],
    ]);
    for (const router of ['gateway', 'r1', 'r2']) await polls('fra1', router, 'timeout', [1]);
    await hub.at(at(1));
    const [parent] = (await bench.incidents()).filter(({ rule }) => rule === 'parent');
    expect((await children()).map(({ suppressed_by }) => suppressed_by)).toEqual([parent?.id, parent?.id, parent?.id]);
    expect(await notifications()).toEqual([['parent', 'opened', 'noc']]);
    // The site is back, and with it all but r2.
    for (const router of ['gateway', 'r1']) await polls('fra1', router, 'ok', [2]);
    await polls('fra1', 'r2', 'timeout', [2]);
    await hub.at(at(2));
    // It was evaluated after its parent had closed; who is well again was never spoken of.
    expect(await notifications()).toEqual([
      ['parent', 'opened', 'noc'],
      ['child', 'opened', 'noc'],
      ['parent', 'closed', 'noc'],
    ]);
    expect((await children()).map(({ router, announced, closed_ms }) => [router, announced, closed_ms === null])).toEqual([
      ['gateway', 0, false],
      ['r1', 0, false],
      ['r2', 1, true],
    ]);
  });

  it('may be a maintenance window: what is still wrong after it is told then', { timeout: 60_000 }, async () => {
    const hub = bench.evaluator(bookOf(FAMILY), { interests: [NOC] });
    await polls('ams1', 'r1', 'timeout', [1, 2, 9, 11]);
    await hub.at(at(2));
    expect(await bench.incidents()).toMatchObject([{ suppressed_by: 'maintenance:upgrade', announced: 0 }]);
    expect(await notifications()).toEqual([]);
    await hub.at(at(11));
    expect(await bench.incidents()).toMatchObject([{ suppressed_by: '', announced: 1 }]);
    expect(await notifications()).toEqual([['child', 'opened', 'noc']]);
  });

  it('leaves its receivers to what they care for', { timeout: 60_000 }, async () => {
    const interests: Interest[] = [
      { ...NOC, name: 'critical', severity: 'critical' },
      { ...NOC, name: 'ams', sites: ['ams*'] },
      { ...NOC, name: 'parents', rules: ['par*'] },
      NOC,
    ];
    await polls('fra1', 'r1', 'timeout', [20, 21]);
    await bench.evaluator(bookOf(FAMILY), { interests }).at(at(21));
    expect(await notifications()).toEqual([['child', 'opened', 'noc']]);
  });
});

describe('a rule that fails', () => {
  const failing = (sql: string): string => `rules:
  - name: bad
    description: It fails
    severity: info
    sql: ${JSON.stringify(`${sql} -- {window}`)}
    fire_above: 0
`;
  const GOOD = HOT.replace('rules:\n', '');

  it.each([
    ['no such table', "SELECT ts, site, router, '' AS object, 1 AS value FROM nothing", /nothing/],
    ['a column that is missing', 'SELECT ts, site, router, 1 AS value FROM polls', /the SELECT has no column object/],
    ['a write', 'DROP TABLE polls', /only read|SYNTAX|Syntax/],
    [
      'a file',
      "SELECT now() AS ts, '' AS site, '' AS router, file('/etc/hostname') AS object, 1 AS value",
      /file is not allowed/,
    ],
    ['a statement behind its bracket', 'SELECT 1) AS x; DROP TABLE polls; SELECT * FROM (SELECT 1', /Multi-statements|SYNTAX/],
    [
      'too much memory',
      "SELECT now() AS ts, '' AS site, '' AS router, '' AS object, length(groupArray(number)) AS value FROM numbers(90000000)",
      /MEMORY_LIMIT|memory limit/i,
    ],
    [
      'no end',
      "SELECT now() AS ts, '' AS site, '' AS router, '' AS object, count() AS value FROM numbers(1e12)",
      /rows|TIMEOUT/i,
    ],
  ])('over %s says so and leaves the others alone', { timeout: 90_000 }, async (_what, sql, error) => {
    await readings([85, 86, 87, 88]);
    const hub = bench.evaluator(bookOf(`${failing(sql)}${GOOD}`));
    await hub.at(at(2));
    expect((await bench.incidents()).map(({ rule }) => rule)).toEqual(['hot']);
    const answer = await bench.store.client.query({
      query: "SELECT rule, error, failing_since IS NOT NULL AS failing FROM alert_rule_states FINAL WHERE rule = 'bad'",
      format: 'JSONEachRow',
    });
    expect(await answer.json()).toEqual([{ rule: 'bad', error: expect.stringMatching(error), failing: 1 }]);
    expect((await hub.metrics.failing.get()).values[0]?.value).toBe(1);
    const polls = await bench.store.client.query({ query: 'SELECT count() AS n FROM polls', format: 'JSONEachRow' });
    expect(await polls.json()).toEqual([{ n: '0' }]);
  });

  it('for its size is evaluated site by site until it fits', { timeout: 60_000 }, async () => {
    for (const site of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) await readings([85, 86, 87, 88], { site });
    const parts: number[] = [];
    const reader: AlertBench['reader'] = {
      ...bench.reader,
      findings(rule, further, atMs, part, signal) {
        parts.push(part.parts);
        // As an engine whose limit a quarter of the sites meets.
        if (part.parts < 4) return Promise.reject(new StoreError('too much', { retryable: true, code: 241 }));
        return bench.reader.findings(rule, further, atMs, part, signal);
      },
    };
    await bench.evaluator(bookOf(HOT), { reader }).at(at(2));
    expect(parts).toEqual([1, 2, 4, 4, 4, 4]);
    expect((await bench.incidents()).map(({ site }) => site)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    expect(await bench.alerts.live(never)).toHaveLength(8);
  });
});
