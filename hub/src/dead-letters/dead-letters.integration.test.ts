import { createHash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { contentHash, sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { FAMILIES } from '@poplar/proto/families';
import { AckStatus, BatchSchema } from '@poplar/proto/telemetry/v1/ingest';
import { SAMPLE_IDENTITY, sampleInterface, samplePoll, sampleRows } from '@poplar/proto/testing';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../clickhouse/migrate.ts';
import { startTestEngine, type TestEngine } from '../clickhouse/testing.ts';
import { connectAgent, startIngest } from '../ingest/testing.ts';
import { createSampleStore } from '../store/sample-store.ts';
import { createWriterMetrics } from '../writer/metrics.ts';
import { rejectedRecord } from '../writer/record.ts';
import { parseDeadLetters } from './arguments.ts';
import { createLetterKeeper } from './bounds.ts';
import { runDeadLetters } from './command.ts';
import { createLetters, letterName } from './letters.ts';
import { createLetterMetrics } from './metrics.ts';

const TOKEN = 'the-token-of-fra1';
const log = pino({ level: 'silent' });
const MIGRATIONS = new URL('../../clickhouse/migrations', import.meta.url).pathname;
const never = new AbortController().signal;
/** The table's own TTL goes by the real clock. */
const NOW = Date.now();
const DAY = 24 * 3600_000;

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
  await migrate(engine.client, { database: engine.database, folder: MIGRATIONS, log });
});
afterAll(() => engine[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const table of ['dead_letters', 'batches', 'polls', 'interface_counters'])
    await engine.client.command({ query: `TRUNCATE TABLE ${table}` });
});

/** A good batch of one poll with one interface. */
function sampleBatch(sequence: number, comment = '') {
  const builder = createBatchBuilder();
  const tsMs = Number(samplePoll().tsMs) + sequence * 1000;
  builder.add(samplePoll({ tsMs, pollNumber: sequence }), sampleRows({ interfaces: [sampleInterface({ comment })] }));
  return sealBatch(builder, { ...SAMPLE_IDENTITY, sequence, sealedAtMs: tsMs + 900 });
}

/** The same with a family and a column that this release does not know. */
function batchOfNewerAgent(sequence: number) {
  const known = sampleBatch(sequence);
  const polls = new BinaryWriter().tag(900, WireType.LengthDelimited).bytes(new Uint8Array(8)).finish();
  const later = new BinaryWriter()
    .tag(901, WireType.LengthDelimited)
    .bytes(new Uint8Array(8))
    .tag(FAMILIES.polls.field, WireType.LengthDelimited)
    .bytes(polls)
    .finish();
  const payload = Buffer.concat([zstdDecompressSync(known.payload), later]);
  return { batch: { ...known, uncompressedBytes: payload.length, payload: zstdCompressSync(payload) }, fields: '901, polls 900' };
}

/** Puts a letter where a hub puts it that rejected the batch, with the fate. Returns its name. */
async function reject(
  batch: ReturnType<typeof sampleBatch>,
  { agent = 'fra1', reason = 'outcome 13, unknown to this hub', receivedAtMs = Date.now() - 1000 } = {},
): Promise<string> {
  const store = createSampleStore(engine.client);
  const hash = contentHash(batch.payload);
  const named = { agent, epoch: batch.epoch, sequence: Number(batch.sequence), contentHash: hash, receivedAtMs, reason };
  const letter = { ...named, message: toBinary(BatchSchema, batch), payloadBytes: batch.payload.length };
  await store.keepDeadLetters([letter], never);
  await store.recordBatches([rejectedRecord(letter, receivedAtMs)], never);
  return letterName(hash);
}

async function deadLetters(line: string, rawFloorMs = 0): Promise<{ readonly code: number; readonly text: string }> {
  const command = parseDeadLetters(line.split(' '), Date.now());
  if (command === undefined) throw new Error('help was asked for');
  let text = '';
  const code = await runDeadLetters(
    command,
    {
      letters: createLetters(engine.client),
      store: createSampleStore(engine.client),
      rawFloorMs,
      nowMs: Date.now,
      log,
      metrics: createWriterMetrics(new Registry()),
      print: (part) => {
        text += part;
      },
    },
    never,
  );
  return { code, text };
}

async function rows(query: string): Promise<unknown[]> {
  const result = await engine.client.query({ query, format: 'JSONEachRow' });
  return await result.json();
}

const states = () => rows('SELECT sequence, state, reason, interface_rows FROM batches FINAL ORDER BY sequence');
const lettersLeft = async () =>
  JSON.parse((await deadLetters('list --json')).text).map(({ sequence }: { sequence: number }) => sequence);

describe('dead-letters', () => {
  it('lists letters, newest first, and finds them by agent, reason and time', async () => {
    const first = await reject(sampleBatch(1), { receivedAtMs: Date.now() - 3 * DAY });
    const second = await reject(sampleBatch(2), { reason: 'poll 0 has \u001b[31mtime 7', receivedAtMs: Date.now() - DAY });
    await reject({ ...sampleBatch(3) }, { agent: 'lon1' });
    expect(await lettersLeft()).toEqual([3, 2, 1]);
    const found = async (words: string) =>
      JSON.parse((await deadLetters(`list --json ${words}`)).text).map(({ name }: { name: string }) => name);
    expect(await found('--agent fra1')).toEqual([second, first]);
    expect(await found('--reason OUTCOME --agent fra1')).toEqual([first]);
    expect(await found('--since 2d --agent fra1')).toEqual([second]);
    expect(await found(first)).toEqual([first]);
    expect(await found('--limit 1 --agent fra1')).toEqual([second]);
    const { text } = await deadLetters('list');
    expect(text).toMatch(/^RECEIVED .*REASON\n/);
    expect(text).toContain('3 letters');
    expect(text).not.toContain('\u001b');
    expect(await deadLetters('list 0123456789abcdef')).toMatchObject({ code: 1 });
  });

  it('shows what a letter holds, whether it can be stored now, and its bytes', async () => {
    const good = sampleBatch(1);
    const name = await reject(good);
    const { text } = await deadLetters(`show ${name}`);
    expect(text).toContain('passes every check');
    expect(text).toContain('1 polls of 1 routers, 2026-01-02T03:04:06.678Z');
    expect(text).toContain('1 interfaces');
    const json = JSON.parse((await deadLetters(`show ${name} --json`)).text);
    expect(json).toMatchObject({ name, storable: true, holds: { polls: 1, rows: { interfaces: 1 } } });
    expect(Buffer.from(json.message_base64, 'base64')).toEqual(Buffer.from(toBinary(BatchSchema, good)));
    const torn = await reject({ ...sampleBatch(2), payload: Uint8Array.of(1, 2, 3) });
    expect((await deadLetters(`show ${torn}`)).text).toMatch(/still cannot be stored: payload does not decompress/);
  });

  it('replays what can be stored: it becomes stored, row by row like at ingest, and the letter goes', async () => {
    for (const sequence of [1, 2, 3]) await reject(sampleBatch(sequence));
    expect(await deadLetters('replay')).toEqual({ code: 0, text: '3 stored with 6 rows, 0 kept\n' });
    expect(await states()).toEqual(
      [1, 2, 3].map((sequence) => ({ sequence: String(sequence), state: 2, reason: '', interface_rows: 1 })),
    );
    expect(await rows('SELECT count() AS polls, sum(interface_rows) AS rows FROM polls FINAL')).toEqual([
      { polls: '3', rows: '3' },
    ]);
    expect(await rows('SELECT count() AS rows FROM interface_counters FINAL')).toEqual([{ rows: '3' }]);
    expect(await lettersLeft()).toEqual([]);
    expect(await deadLetters('replay')).toEqual({ code: 0, text: '0 stored with 0 rows, 0 kept\n' });
  });

  it('keeps a letter that still cannot be stored, byte for byte, with its reason and fate', async () => {
    const torn = { ...sampleBatch(1), payload: Uint8Array.of(1, 2, 3) };
    await reject(torn, { reason: 'the first reason' });
    await reject(sampleBatch(2));
    const { code, text } = await deadLetters('replay --json');
    expect(code).toBe(1);
    expect(JSON.parse(text)).toMatchObject({
      stored: 1,
      kept: [{ sequence: 1, reason: expect.stringContaining('does not decompress') }],
    });
    const [letter] = await createLetters(engine.client).find({}, 10, never);
    expect(letter).toMatchObject({ sequence: 1, reason: 'the first reason' });
    const [message] = await createLetters(engine.client).read(letter === undefined ? [] : [letter], never);
    expect(message).toEqual(Buffer.from(toBinary(BatchSchema, torn)));
    expect(await states()).toMatchObject([{ state: 1, reason: 'the first reason' }, { state: 2 }]);
  });

  it('stores the innocent of a replay when ClickHouse still refuses one, and needs no witness against that', async () => {
    await engine.client.command({ query: `ALTER TABLE interface_counters ADD CONSTRAINT no_poison CHECK comment != 'poison'` });
    try {
      for (const sequence of [1, 2, 3, 4, 5]) await reject(sampleBatch(sequence, sequence === 3 ? 'poison' : ''));
      const { code, text } = await deadLetters('replay');
      expect(code).toBe(1);
      expect(text).toMatch(/ClickHouse refused the rows[^]*4 stored with 8 rows, 1 kept/);
      expect(await lettersLeft()).toEqual([3]);
      expect(await states()).toMatchObject([{ state: 2 }, { state: 2 }, { state: 1 }, { state: 2 }, { state: 2 }]);
    } finally {
      await engine.client.command({ query: 'ALTER TABLE interface_counters DROP CONSTRAINT no_poison' });
    }
    // Now that somebody mended the cause.
    expect(await deadLetters('replay')).toEqual({ code: 0, text: '1 stored with 2 rows, 0 kept\n' });
  });

  it('says the same when it was killed half-way and is run again, and when two run at once', async () => {
    for (const sequence of [1, 2, 3]) await reject(sampleBatch(sequence));
    const state = async () => ({
      interfaces: await rows('SELECT * FROM interface_counters FINAL ORDER BY ALL'),
      polls: await rows('SELECT * FROM polls FINAL ORDER BY ALL'),
      batches: await rows('SELECT * EXCEPT stored_at FROM batches FINAL ORDER BY ALL'),
    });
    await deadLetters('replay');
    const clean = await state();
    // Killed after the rows and before the letters went: the letters are there as they were.
    for (const sequence of [1, 2, 3]) await reject(sampleBatch(sequence), { receivedAtMs: Date.now() });
    const codes = await Promise.all([deadLetters('replay'), deadLetters('replay')]);
    expect(codes.map(({ code }) => code)).toEqual([0, 0]);
    const again = await state();
    expect(again.interfaces).toEqual(clean.interfaces);
    expect(again.polls).toEqual(clean.polls);
    expect(again.batches).toMatchObject([{ state: 2 }, { state: 2 }, { state: 2 }]);
    expect(await lettersLeft()).toEqual([]);
  });

  it('stores what it knows of a batch of a newer agent, and keeps the letter for a newer hub', async () => {
    const { batch, fields } = batchOfNewerAgent(1);
    await reject(batch, { reason: 'a fault of then' });
    const { code, text } = await deadLetters('replay');
    expect(code).toBe(1);
    expect(text).toContain(`stored without what this hub does not know (field ${fields})`);
    expect(await lettersLeft()).toEqual([1]);
    expect(await states()).toMatchObject([{ state: 2, interface_rows: 1 }]);
  });

  it('drops only what it is told to, for good', async () => {
    const first = await reject(sampleBatch(1));
    await reject(sampleBatch(2), { reason: 'another' });
    await reject(sampleBatch(3), { agent: 'lon1' });
    expect(await deadLetters(`drop ${first}`)).toEqual({ code: 0, text: '1 dropped\n' });
    expect(await deadLetters('drop --agent lon1 --json')).toEqual({ code: 0, text: '{"dropped":1}\n' });
    expect(await lettersLeft()).toEqual([2]);
    expect(await deadLetters('drop --all')).toEqual({ code: 0, text: '1 dropped\n' });
    expect(await lettersLeft()).toEqual([]);
    expect(await rows(`SELECT count() AS copies FROM dead_letters`)).toEqual([{ copies: '0' }]);
  });

  it('does not remove a letter that came again since it was read', async () => {
    await reject(sampleBatch(1), { receivedAtMs: NOW });
    const letters = createLetters(engine.client);
    const heads = await letters.find({}, 10, never);
    await reject(sampleBatch(1), { receivedAtMs: NOW + 1 });
    await letters.remove(heads, never);
    expect(await lettersLeft()).toEqual([1]);
  });
});

describe('ingest', () => {
  it('stores what it knows of a batch of a newer agent and keeps the bytes of the whole', async () => {
    const { batch, fields } = batchOfNewerAgent(1);
    await using hub = await startIngest(engine.client, TOKEN);
    await using agent = connectAgent(hub.port, TOKEN);
    await agent.hello('fra1');
    expect(await agent.send(batch)).toMatchObject({ status: AckStatus.STORED, rows: 2n });
    expect(await agent.send(sampleBatch(2))).toMatchObject({ status: AckStatus.STORED });
    expect(await states()).toMatchObject([{ state: 2 }, { state: 2 }]);
    const heads = await createLetters(engine.client).find({}, 10, never);
    expect(heads).toMatchObject([{ sequence: 1, reason: expect.stringContaining(`(field ${fields})`) }]);
    expect(await createLetters(engine.client).read(heads, never)).toEqual([Buffer.from(toBinary(BatchSchema, batch))]);
    expect(await hub.registry.getSingleMetricAsString('poplar_hub_partly_unknown_batches_total')).toMatch(/ 1$/);
  });
});

describe('the bounds of dead letters', () => {
  function startKeeper(bounds: { bytesMax: number; daysMax: number }, nowMs = NOW) {
    const registry = new Registry();
    const keeper = createLetterKeeper(bounds, {
      letters: createLetters(engine.client),
      nowMs: () => nowMs,
      log,
      metrics: createLetterMetrics(registry),
    });
    return { keeper, registry };
  }

  const dropped = async (registry: Registry): Promise<unknown> => {
    const metric = registry.getSingleMetric('poplar_hub_dead_letters_dropped_total');
    return (await metric?.get())?.values.map(({ labels, value }) => [labels['bound'], value]);
  };

  it('drop what is older than its days, and count it', async () => {
    await reject(sampleBatch(1), { receivedAtMs: NOW - 46 * DAY });
    await reject(sampleBatch(2), { receivedAtMs: NOW - 44 * DAY });
    const { keeper, registry } = startKeeper({ bytesMax: 1024 ** 3, daysMax: 45 });
    await keeper.sweep(never);
    expect(await lettersLeft()).toEqual([2]);
    expect(await dropped(registry)).toEqual([
      ['age', 1],
      ['bytes', 0],
    ]);
    expect(await registry.getSingleMetricAsString('poplar_hub_dead_letters')).toMatch(/poplar_hub_dead_letters 1$/);
  });

  it('drop the oldest until the rest takes nine tenths of its bytes, copies of the same letter included', async () => {
    const noise = (sequence: number) => {
      const blocks = Array.from({ length: 3125 }, (_, block) => createHash('sha256').update(`${sequence}/${block}`).digest());
      return { ...sampleBatch(sequence), payload: Buffer.concat(blocks) };
    };
    for (const sequence of [1, 2, 3, 4, 5, 6, 7, 8]) await reject(noise(sequence), { receivedAtMs: NOW + sequence });
    await reject(noise(2), { receivedAtMs: NOW + 9 });
    const bytesMax = 400_000;
    const { keeper, registry } = startKeeper({ bytesMax, daysMax: 45 });
    await keeper.sweep(never);
    expect(await lettersLeft()).toEqual([2, 8, 7]);
    expect(await dropped(registry)).toEqual([
      ['age', 0],
      ['bytes', 5],
    ]);
    const { bytes } = await createLetters(engine.client).totals(never);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(bytesMax);
  });

  it('leave everything alone while it fits, and see an empty table', async () => {
    const { keeper, registry } = startKeeper({ bytesMax: 1024 ** 3, daysMax: 45 });
    await keeper.sweep(never);
    await reject(sampleBatch(1), { receivedAtMs: NOW });
    await keeper.sweep(never);
    expect(await lettersLeft()).toEqual([1]);
    expect(await registry.getSingleMetricAsString('poplar_hub_dead_letter_bytes')).toMatch(/ [1-9]\d+$/);
  });
});
