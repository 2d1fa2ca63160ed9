import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readGaps } from './gaps.ts';
import { createReader } from './reader.ts';
import { pollRow, startTestStore, type TestRow, type TestStore } from './testing.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 3, 20);
const STEP = 10_000;
const HOUR = 3600_000;
const DAY = 24 * HOUR;
/** Start of the poll that was due `back` intervals before the newest one. */
const ago = (back: number): number => NOW - 3000 - back * STEP;
/** Ranks carry the second in which the run began. */
const rank = (startedMs: number): bigint => BigInt(Math.floor(startedMs / 1000)) << 32n;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await store.clear();
});

type Poll = TestRow & { readonly ts: number };

/** What an agent does with a poll: `ok`, a failed outcome, or `lost` (numbered, never stored). */
interface Script {
  readonly agent?: string;
  readonly epoch?: number;
  /** Number of the run's first poll. */
  readonly first?: number;
  readonly startedMs?: number;
  readonly extra?: TestRow;
}

/** Polls of one run: one word per router and interval, the last ones `back` intervals ago; '-' is a router left out. */
function run(
  routers: Readonly<Record<string, string>>,
  back = 0,
  { agent = 'a1', epoch = 1, first = 1, ...more }: Script = {},
): Poll[] {
  const words = Object.entries(routers).map(([router, text]) => ({ router, words: text.split(' ') }));
  const length = Math.max(...words.map((entry) => entry.words.length));
  const polls: Poll[] = [];
  let number = first;
  for (let index = 0; index < length; index++) {
    for (const { router, words: list } of words) {
      const outcome = list[index] ?? '-';
      if (outcome === '-') continue;
      if (outcome !== 'lost')
        polls.push({
          ...pollRow({ ts: ago(back + length - 1 - index), router, agent, epoch, poll_number: number, outcome }),
          rank: rank(more.startedMs ?? NOW - 30 * DAY),
          ...more.extra,
          ts: ago(back + length - 1 - index),
        });
      number++;
    }
  }
  return polls;
}

const times = (word: string, count: number): string => Array.from({ length: count }, () => word).join(' ');

const ask = (range: { fromMs?: number; toMs?: number; nowMs?: number } = {}) =>
  readGaps(
    { reader: createReader(store.client), now: () => range.nowMs ?? NOW },
    { fromMs: range.fromMs ?? NOW - HOUR, toMs: range.toMs ?? NOW },
  );

/** Gaps in words: router, the samples around it, cause, detail, failed polls. */
async function gaps(range: Parameters<typeof ask>[0] = {}): Promise<(string | number)[][]> {
  const { gaps: found } = await ask(range);
  return found
    .map(({ router, from_ms, to_ms, open, cause, detail, failed_polls }) => [
      router,
      from_ms,
      open ? 'open' : to_ms,
      cause,
      detail,
      failed_polls,
    ])
    .sort((left, right) => String(left).localeCompare(String(right)));
}

describe('gaps', () => {
  it('are none where polls are missing for less than two and a half intervals', async () => {
    await store.insert('polls', run({ r1: 'ok ok timeout ok lost ok partial ok' }));
    expect(await gaps()).toEqual([]);
  });

  it('of a router that fails have its commonest outcome as cause', async () => {
    await store.insert('polls', run({ r1: 'ok timeout refused refused ok ok', r2: 'ok ok timeout timeout timeout timeout' }));
    expect(await gaps()).toEqual([
      ['r1', ago(5), ago(1), 'router', 'refused', 3],
      ['r2', ago(4), 'open', 'router', 'timeout', 4],
    ]);
  });

  it('of visits that took too long are overruns', async () => {
    await store.insert('polls', run({ r1: 'ok overrun overrun overrun ok' }));
    expect(await gaps()).toEqual([['r1', ago(4), ago(0), 'overrun', 'overrun', 3]]);
  });

  it('begin with the first poll of a router that never answered', async () => {
    await store.insert('polls', run({ r1: times('auth', 5) }));
    expect(await gaps()).toEqual([['r1', ago(4), 'open', 'router', 'auth', 5]]);
  });

  it('are the agent’s when all of its routers are silent: restarted, stalled, or not heard of yet', async () => {
    await store.insert('polls', [
      ...run({ r1: times('ok', 3), r2: times('ok', 3) }, 10, { epoch: 1 }),
      ...run({ r1: times('ok', 6), r2: times('ok', 6) }, 0, { epoch: 2, startedMs: ago(5) - 500 }),
    ]);
    await store.insert('polls', [
      ...run({ s1: 'ok ok ok' }, 10, { agent: 'a2' }),
      ...run({ s1: 'ok ok ok' }, 0, { agent: 'a2', first: 4 }),
      ...run({ t1: 'ok ok ok' }, 10, { agent: 'a3' }),
    ]);
    expect(await gaps()).toEqual([
      ['r1', ago(10), ago(5), 'agent', 'restarted', 0],
      ['r2', ago(10), ago(5), 'agent', 'restarted', 0],
      ['s1', ago(10), ago(2), 'agent', 'stalled', 0],
      ['t1', ago(10), 'open', 'agent', 'silent', 0],
    ]);
  });

  it('are of the delivery when numbers are missing, and name the reason when batches were skipped', async () => {
    await store.insert('polls', [
      ...run({ r1: `ok ok ${times('lost', 5)} ok ok`, r2: times('ok', 9) }),
      ...run({ s1: `ok ok ${times('lost', 5)} ok ok` }, 0, { agent: 'a2' }),
      // The beginning of a run was lost.
      ...run({ u1: 'ok ok' }, 9, { agent: 'a3', epoch: 1 }),
      ...run({ u1: `${times('lost', 7)} ok ok` }, 0, { agent: 'a3', epoch: 2, startedMs: ago(8) - 100 }),
    ]);
    // The end of a run was lost, with which no number is missing.
    await store.insert('polls', [
      ...run({ v1: 'ok ok' }, 9, { agent: 'a4', epoch: 1 }),
      ...run({ v1: 'ok ok' }, 0, { agent: 'a4', epoch: 2, startedMs: ago(1) - 100 }),
    ]);
    const skip = { agent: 'a2', epoch: 1, state: 0, reason: 'spool_full', sealed_at: ago(2), received_at: ago(0) };
    await store.insert('batches', [
      { ...skip, sequence: 7 },
      { ...skip, sequence: 8 },
      { ...skip, agent: 'a4', sequence: 3, reason: 'corrupt' },
      // Given up, and stored after all.
      { ...skip, agent: 'a1', sequence: 9 },
      { ...skip, agent: 'a1', sequence: 9, state: 2, reason: '' },
    ]);
    expect(await gaps()).toEqual([
      ['r1', ago(7), ago(1), 'delivery', 'missing', 0],
      ['s1', ago(7), ago(1), 'delivery', 'spool_full', 0],
      ['u1', ago(9), ago(1), 'delivery', 'missing', 0],
      ['v1', ago(9), ago(1), 'delivery', 'corrupt', 0],
    ]);
  });

  it('of a router that its agent does not poll any more say so', async () => {
    await store.insert('polls', run({ r1: `ok ok ${times('-', 6)}`, r2: times('ok', 8) }));
    expect(await gaps()).toEqual([['r1', ago(6), 'open', 'not_polled', '', 0]]);
  });

  it('have the cause of their larger part', async () => {
    await store.insert('polls', [
      ...run({ r1: 'ok timeout' }, 20, { epoch: 1 }),
      ...run({ r1: 'ok ok' }, 0, { epoch: 2, startedMs: ago(1) - 100 }),
      ...run({ s1: `ok ${times('timeout', 16)}` }, 5, { agent: 'a2', epoch: 1 }),
      ...run({ s1: 'ok ok' }, 0, { agent: 'a2', epoch: 2, startedMs: ago(1) - 100 }),
    ]);
    expect(await gaps()).toEqual([
      ['r1', ago(21), ago(1), 'agent', 'restarted', 1],
      ['s1', ago(21), ago(1), 'router', 'timeout', 16],
    ]);
  });

  it('are where neither of two agents has samples', async () => {
    await store.insert('polls', [
      ...run({ r1: `ok ok ${times('timeout', 8)} ok ok` }, 0, { agent: 'a1' }),
      ...run({ r1: `${times('ok', 6)} ${times('refused', 5)} ok` }, 0, { agent: 'a2' }).map((poll) => ({
        ...poll,
        ts: poll.ts + 4000,
      })),
    ]);
    expect(await gaps()).toEqual([['r1', ago(6) + 4000, ago(1), 'router', 'timeout', 8]]);
  });

  it('keep their ends when the range cuts them, and their start when the last sample is long ago', async () => {
    await store.insert('polls', run({ r1: `ok ok ${times('timeout', 60)} ok ok`, r2: times('ok', 64) }));
    const whole = [['r1', ago(62), ago(1), 'router', 'timeout', 60]];
    expect(await gaps()).toEqual(whole);
    expect(await gaps({ fromMs: ago(40), toMs: ago(30) })).toEqual(whole);
    expect(await gaps({ fromMs: ago(1), toMs: NOW })).toEqual([]);
    const days = [
      ['r1', ago(0), 'open', 'agent', 'silent', 0],
      ['r2', ago(0), 'open', 'agent', 'silent', 0],
    ];
    expect(await gaps({ fromMs: NOW + 3 * DAY, toMs: NOW + 3 * DAY + HOUR, nowMs: NOW + 3 * DAY + HOUR })).toEqual(days);
    expect(await gaps({ fromMs: NOW + 40 * DAY, toMs: NOW + 40 * DAY + HOUR, nowMs: NOW + 41 * DAY })).toEqual([]);
  });

  it('of a router that has failed for hours begin with its last sample, and are not blamed on its agent', async () => {
    await store.insert('polls', run({ r1: `ok ${times('timeout', 1500)}`, r2: times('auth', 1501), r3: times('ok', 1501) }));
    // The hour asked for and the one before it are read.
    expect(await gaps()).toEqual([
      ['r1', ago(1500), 'open', 'router', 'timeout', 720],
      ['r2', ago(1500), 'open', 'router', 'auth', 720],
    ]);
  });

  it('follow the interval of the polls', async () => {
    await store.insert('polls', run({ r1: `ok ok ${times('-', 20)} ok ok` }, 0, { extra: { interval_ms: 120_000 } }));
    expect(await gaps()).toEqual([]);
  });

  it('close when the samples come late', async () => {
    const polls = run({ r1: times('ok', 30), r2: times('ok', 30) });
    const late = polls.filter(({ ts }) => ts > ago(20) && ts < ago(10));
    await store.insert(
      'polls',
      polls.filter((poll) => !late.includes(poll)),
    );
    expect(await gaps()).toEqual([
      ['r1', ago(20), ago(10), 'delivery', 'missing', 0],
      ['r2', ago(20), ago(10), 'delivery', 'missing', 0],
    ]);
    await store.insert('polls', late);
    expect(await gaps()).toEqual([]);
  });

  it('do not depend on the time zone of who asks', async () => {
    await store.insert('polls', run({ r1: 'ok timeout timeout timeout ok' }));
    const { sql } = await ask();
    const answers = await Promise.all(
      ['UTC', 'Asia/Kathmandu', 'America/Los_Angeles'].map(async (zone) => {
        const answer = await store.client.query({
          query: sql,
          format: 'JSONEachRow',
          clickhouse_settings: { session_timezone: zone },
        });
        return await answer.text();
      }),
    );
    expect(answers[0]).toContain('timeout');
    expect(new Set(answers).size).toBe(1);
  });

  it('are the same for any order, chunking and repetition of the inserts, merged or not', { timeout: 120_000 }, async () => {
    const polls = [
      ...run(
        { r1: 'ok ok timeout timeout timeout timeout ok ok ok', r2: 'ok ok lost lost lost ok ok ok ok', r3: times('ok', 9) },
        12,
      ),
      ...run({ r1: times('ok', 6), r2: 'ok ok - - - -', r3: times('ok', 6) }, 0, { epoch: 2, startedMs: ago(5) - 10 }),
      ...run({ r1: 'ok refused refused refused ok ok' }, 14, { agent: 'a2' }),
      // The same visit with another rank, as a cloned disk would tell it: the higher one counts everywhere.
      ...run({ r3: 'timeout' }, 3, { extra: { rank: 1 } }),
    ];
    await store.insert('polls', polls);
    const { gaps: expected } = await ask();
    expect(expected.length).toBeGreaterThan(3);
    const order = fc.shuffledSubarray(polls, { minLength: polls.length });
    const plan = fc.tuple(order, fc.array(fc.constantFrom(...polls), { maxLength: 30 }), fc.integer({ min: 1, max: 20 }));
    await fc.assert(
      fc.asyncProperty(plan, fc.boolean(), async ([first, again, size], merged) => {
        for (const table of ['polls', 'polls_latest']) await store.client.command({ query: `TRUNCATE TABLE ${table}` });
        const rows = [...first, ...again];
        for (let at = 0; at < rows.length; at += size) await store.insert('polls', rows.slice(at, at + size));
        if (merged) await store.client.command({ query: 'OPTIMIZE TABLE polls FINAL' });
        expect((await ask()).gaps).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });

  it('of an hour of a busy day cost what an hour costs', async () => {
    const day = Date.UTC(2026, 0, 1);
    // 60 routers for a day, one of them dead for an hour.
    await store.client.command({
      query: `
        INSERT INTO polls (ts, site, router, agent, rank, epoch, poll_number, outcome, interval_ms)
        SELECT fromUnixTimestamp64Milli(toInt64(${day} + turn * 10000 + router * 100), 'UTC'), concat('s', toString(router % 3)), concat('r', toString(router)),
          concat('a', toString(router % 3)), bitShiftLeft(toUInt64(${day / 1000}), 32), 1, turn * 20 + intDiv(router, 3) + 1,
          if(router = 7 AND intDiv(turn, 360) = 9, 'timeout', 'ok'), 10000
        FROM (SELECT number % 60 AS router, intDiv(number, 60) AS turn FROM numbers(60 * 8640))`,
    });
    const at = (hour: number): number => day + hour * HOUR;
    const dead = [['r7', at(9) - 9300, at(10) + 700, 'router', 'timeout', 360]];
    expect(await gaps({ fromMs: day, toMs: at(24), nowMs: at(24) })).toEqual(dead);
    expect(await gaps({ fromMs: at(9), toMs: at(10), nowMs: at(24) })).toEqual(dead);
    expect(await gaps({ fromMs: at(12), toMs: at(13), nowMs: at(24) })).toEqual([]);

    const { sql } = await ask({ fromMs: at(12), toMs: at(13), nowMs: at(24) });
    const answer = await store.client.query({ query: `EXPLAIN ESTIMATE ${sql}`, format: 'JSONEachRow' });
    const read = (await answer.json<{ table: string; rows: string }>()).find(({ table }) => table === 'polls');
    // Each of 21600 rows an hour: three hours and the one that begins at the end, once for the routers and once for their agents.
    expect(Number(read?.rows)).toBeLessThan(10 * 21_600);
  });
});
