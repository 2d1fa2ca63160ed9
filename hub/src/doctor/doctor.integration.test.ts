import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createReader } from '../api/reader.ts';
import { interfaceRow, pollRow, startTestStore, type TestStore } from '../api/testing.ts';
import { createClickHouse } from '../clickhouse/client.ts';
import { type Diagnosis, type DoctorDeps, diagnose } from './diagnosis.ts';
import { diagnosisText } from './report.ts';

const SHIPPED = join(import.meta.dirname, '../../clickhouse/migrations');
const NOW = Date.UTC(2026, 0, 2, 12, 0, 0);
const AGO = NOW - 3600_000;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await store.clear();
  await store.client.command({ query: 'TRUNCATE TABLE dead_letters' });
  await store.insert('interface_counters', [interfaceRow({ ts: AGO })]);
  await store.insert('polls', [pollRow({ ts: AGO })]);
  await store.insert('batches', [batch(1, NOW - 10_000)]);
});

const batch = (sequence: number, at: number, extra = {}) => ({
  agent: 'a1',
  epoch: 1,
  sequence,
  state: 2,
  content_hash: sequence,
  sealed_at: at,
  received_at: at,
  stored_at: at,
  polls: 1,
  ...extra,
});

const examine = (overrides: Partial<DoctorDeps> = {}, day?: string): Promise<Diagnosis> =>
  diagnose(
    {
      client: store.client,
      reader: createReader(store.client),
      database: store.database,
      migrations: SHIPPED,
      agents: ['a1'],
      now: () => NOW,
      ...overrides,
    },
    day,
  );

/** The checks that found something, with what they say. */
async function faults(...asked: Parameters<typeof examine>): Promise<string[]> {
  const { ok, findings } = await examine(...asked);
  const wrong = findings.filter((finding) => !finding.ok).map(({ check, detail }) => `${check}: ${detail}`);
  expect(ok).toBe(wrong.length === 0);
  return wrong;
}

describe('the doctor', () => {
  it('finds nothing where all is well, and says what it looked at', async () => {
    expect(await faults()).toEqual([]);
    const text = diagnosisText(await examine());
    for (const word of [
      'engine',
      'migrations',
      'detached parts',
      'disk',
      'retention',
      'dead letters',
      'agents',
      'clocks',
      'reconciliation',
    ])
      expect(text).toMatch(new RegExp(`^ok +${word} `, 'm'));
    expect(text).toMatch(/^a1 +1 +1 +0 +0 +1 +0 .*adds up$/m);
  });

  it('says by what a day differs', async () => {
    await store.insert('polls', [pollRow({ ts: AGO + 10_000, poll_number: 4, sequence: 4 })]);
    expect(await faults()).toEqual(['reconciliation: 2026-01-02 does not add up for a1']);
    const text = diagnosisText(await examine());
    expect(text).toMatch(/^a1 +4 +2 +2 +0 +2 +1 .*DOES NOT ADD UP$/m);
    expect(text).toMatch(/^a1 +interface_counters +2 declared +1 stored +-1$/m);
    expect(await faults({}, '2026-01-01')).toEqual([]);
  });

  it('names agents that bring what is not kept any more', async () => {
    await store.insert('batches', [
      batch(2, NOW - 9000, { state: 1, polls: 0, reason: 'older than retention: polled then, kept from now on' }),
      batch(3, NOW - 30 * 3600_000, { state: 1, polls: 0, reason: 'older than retention: but that was long ago' }),
    ]);
    await store.insert('retention_floors', [{ tier: 'raw', floor: Date.UTC(2026, 0, 2) / 1000 }]);
    const [found, ...others] = await faults();
    expect(found).toMatch(/^retention: .*, samples from 2026-01-02 on; rejected as older in the last 24 hours: 1 of a1 batches/);
    expect(others).toEqual([]);
  });

  it('names agents that are silent or never came', async () => {
    expect(await faults({ agents: ['a1', 'a2'], now: () => NOW + 600_000 })).toEqual([
      'agents: silent: a1 (since 2026-01-02T11:59:50.000Z), a2 (never sent a batch)',
    ]);
  });

  it('names agents whose clocks are off', async () => {
    await store.insert('batches', [batch(2, NOW - 8000, { clock_offset_ms: -5000, sealed_at: NOW - 3000 })]);
    expect(await faults()).toEqual([]);
    await store.insert('batches', [batch(3, NOW - 5000, { clock_offset_ms: -5100, sealed_at: NOW + 100 })]);
    expect(await faults()).toEqual([
      'clocks: off: a1 (5.1 s ahead of the hub). The times of what they poll are wrong by it: have agents and hub keep time by NTP',
    ]);
    await store.insert('batches', [batch(4, NOW - 3000, { clock_offset_ms: 3600_000, sealed_at: NOW - 3603_000 })]);
    expect(await faults()).toEqual([expect.stringContaining('a1 (3600.0 s behind the hub)')]);
    await store.insert('batches', [batch(5, NOW - 1000, { clock_offset_ms: null })]);
    expect(await faults()).toEqual([]);
  });

  it('counts dead letters that wait, not those that were stored since', async () => {
    // Letters of long ago are gone the moment they are stored.
    const receivedMs = Date.now();
    const letter = { agent: 'a1', epoch: 1, received_at: receivedMs, reason: 'too new', message: '' };
    await store.insert('dead_letters', [
      { ...letter, sequence: 2, content_hash: 2 },
      { ...letter, sequence: 2, content_hash: 2 },
      { ...letter, sequence: 3, content_hash: 3 },
    ]);
    await store.insert('batches', [batch(3, AGO)]);
    expect(await faults()).toEqual([
      `dead letters: 1 rejected batches wait since ${new Date(receivedMs).toISOString()}, most of them for: too new`,
    ]);
  });

  it('tells a schema that is behind, and asks no further', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'poplar-doctor-'));
    try {
      await cp(SHIPPED, folder, { recursive: true });
      await writeFile(join(folder, '9999_add_more.sql'), 'SELECT 1;');
      expect(await faults({ migrations: folder })).toEqual([
        'migrations: not applied: 9999_add_more. Start the hub: it applies them',
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('tells an engine that does not answer', async () => {
    await using client = createClickHouse({ url: 'http://127.91.0.1:1', user: 'u', password: 'p', database: 'd' });
    const { findings, reconciliation } = await examine({ client, reader: createReader(client) });
    expect(findings).toMatchObject([{ check: 'engine', ok: false }]);
    expect(reconciliation).toBeUndefined();
  });

  it('tells damaged parts', async () => {
    const answer = await store.client.query({
      query: 'SELECT name FROM system.parts WHERE active AND database = currentDatabase() AND table = {table:String}',
      query_params: { table: 'polls_latest' },
      format: 'JSONEachRow',
    });
    for (const { name } of await answer.json<{ name: string }>())
      await store.client.command({ query: `ALTER TABLE polls_latest DETACH PART '${name}'` });
    expect((await faults())[0]).toMatch(/^detached parts: \d+ were set aside as damaged/);
    await store.client.command({ query: 'TRUNCATE TABLE polls_latest' });
  });
});
