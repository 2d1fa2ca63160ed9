import { sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { AckStatus } from '@poplar/proto/telemetry/v1/ingest';
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import { SAMPLE_IDENTITY, samplePoll, sampleRows } from '@poplar/proto/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClickHouse } from '../clickhouse/client.ts';
import { addressBesideHub } from '../clickhouse/connect.ts';
import { loadHubConfig } from '../config.ts';
import { connectAgent } from '../ingest/testing.ts';
import { runHubVerb, startTestHub, type TestHub } from '../testing.ts';

const TOKEN = 'the-token-of-fra1';
const T0 = Number(samplePoll().tsMs);

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub(TOKEN);
}, 60_000);
afterAll(() => hub[Symbol.asyncDispose](), 60_000);

/** An answer and three failures, ten seconds apart. */
function batch() {
  const builder = createBatchBuilder();
  for (const pollNumber of [1, 2, 3, 4]) {
    const outcome = pollNumber === 1 ? PollOutcome.OK : PollOutcome.TIMEOUT;
    builder.add(samplePoll({ tsMs: T0 + pollNumber * 10_000, pollNumber, outcome }), sampleRows());
  }
  return sealBatch(builder, { ...SAMPLE_IDENTITY, sequence: 1, sealedAtMs: T0 + 41_000 });
}

describe('a hub', { timeout: 120_000 }, () => {
  it('makes events of what agents send, and its command makes them anew', async () => {
    await using clickhouse = createClickHouse(await addressBesideHub(loadHubConfig(hub.config, {})));
    const states = async (): Promise<unknown> => {
      const answer = await clickhouse.query({
        query: "SELECT new FROM events FINAL WHERE kind = 'router_state' ORDER BY ts",
        format: 'JSONCompactEachRow',
      });
      return (await answer.json<unknown[]>()).flat();
    };
    await using agent = connectAgent(hub.grpcPort, TOKEN);
    await agent.hello('fra1');
    expect((await agent.send(batch())).status).toBe(AckStatus.STORED);
    const expected = ['up', 'suspect', 'down'];
    // The hub takes a turn every ten seconds.
    await vi.waitFor(async () => expect(await states()).toEqual(expected), { timeout: 60_000, interval: 500 });
    await clickhouse.command({ query: 'TRUNCATE TABLE events' });
    expect(await states()).toEqual([]);
    expect(await runHubVerb('rebuild-events', '--config', hub.config)).toMatchObject({
      code: 0,
      stdout: 'Days made anew: 1\n',
    });
    expect(await states()).toEqual(expected);
  });

  it('says what is wrong with the words of the command', async () => {
    expect(await runHubVerb('rebuild-events', '--from', 'soon')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"soon"'),
    });
    expect(await runHubVerb('rebuild-events', '--from', '2026-01-02', '--to', '2026-01-01')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--from is not before --to'),
    });
    expect((await runHubVerb('rebuild-events', '--help')).stdout).toContain('Usage: npm run hub -- rebuild-events');
  });
});
