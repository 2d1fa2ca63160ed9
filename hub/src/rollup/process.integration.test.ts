import { sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { AckStatus } from '@poplar/proto/telemetry/v1/ingest';
import { SAMPLE_IDENTITY, sampleInterface, samplePoll, sampleRows } from '@poplar/proto/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClickHouse } from '../clickhouse/client.ts';
import { addressBesideHub } from '../clickhouse/connect.ts';
import { loadHubConfig } from '../config.ts';
import { connectAgent } from '../ingest/testing.ts';
import { runHubVerb, startTestHub, type TestHub } from '../testing.ts';

const TOKEN = 'the-token-of-fra1';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub(TOKEN);
}, 60_000);
afterAll(() => hub[Symbol.asyncDispose](), 60_000);

/** Two polls ten seconds apart, the second of which counted 1250 bytes more. */
function batch() {
  const builder = createBatchBuilder();
  for (const pollNumber of [1, 2]) {
    const interfaces = [sampleInterface({ rxBytes: pollNumber * 1250, txBytes: 0 })];
    builder.add(samplePoll({ tsMs: Number(samplePoll().tsMs) + pollNumber * 10_000, pollNumber }), sampleRows({ interfaces }));
  }
  return sealBatch(builder, { ...SAMPLE_IDENTITY, sequence: 1, sealedAtMs: Number(samplePoll().tsMs) + 21_000 });
}

describe('a hub', { timeout: 90_000 }, () => {
  it('makes rollups of what agents send, and its command makes them anew', async () => {
    await using clickhouse = createClickHouse(await addressBesideHub(loadHubConfig(hub.config, {})));
    const volumes = async (): Promise<unknown> => {
      const answer = await clickhouse.query({
        query:
          'SELECT sum(five.rx), (SELECT sum(rx_bytes) FROM interface_traffic_1d) FROM (SELECT rx_bytes AS rx FROM interface_traffic_5m) AS five',
        format: 'JSONCompactEachRow',
      });
      return (await answer.json())[0];
    };
    await using agent = connectAgent(hub.grpcPort, TOKEN);
    await agent.hello('fra1');
    expect((await agent.send(batch())).status).toBe(AckStatus.STORED);
    // The hub takes a turn every half a minute.
    await vi.waitFor(async () => expect(await volumes()).toEqual(['1250', '1250']), { timeout: 60_000, interval: 500 });
    for (const tier of ['5m', '1h', '1d']) await clickhouse.command({ query: `TRUNCATE TABLE interface_rollup_${tier}` });
    expect(await volumes()).toEqual([null, null]);
    expect(await runHubVerb('rebuild-rollups', '--config', hub.config)).toMatchObject({
      code: 0,
      stdout: 'Days made anew, all sites together: 1\n',
    });
    expect(await volumes()).toEqual(['1250', '1250']);
  });

  it('says what is wrong with the words of the command', async () => {
    expect(await runHubVerb('rebuild-rollups', '--from', 'soon')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"soon"'),
    });
    expect(await runHubVerb('rebuild-rollups', '--from', '2026-01-02', '--to', '2026-01-01')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--from is not before --to'),
    });
    expect((await runHubVerb('rebuild-rollups', '--help')).stdout).toContain('Usage: npm run hub -- rebuild-rollups');
  });
});
