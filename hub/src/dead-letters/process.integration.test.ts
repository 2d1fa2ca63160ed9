import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { AckStatus } from '@poplar/proto/telemetry/v1/ingest';
import { SAMPLE_IDENTITY, sampleInterface, samplePoll, sampleRows } from '@poplar/proto/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClickHouse } from '../clickhouse/client.ts';
import { addressBesideHub } from '../clickhouse/connect.ts';
import { loadHubConfig } from '../config.ts';
import { connectAgent } from '../ingest/testing.ts';
import { type Ended, freePort, runHubVerb, startTestHub, type TestHub } from '../testing.ts';

const TOKEN = 'the-token-of-fra1';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub(TOKEN);
}, 60_000);
afterAll(() => hub[Symbol.asyncDispose](), 60_000);

function batchOf(sequence: number, interfaceName: string) {
  const builder = createBatchBuilder();
  const tsMs = Number(samplePoll().tsMs) + sequence * 1000;
  const interfaces = [sampleInterface({ interface: interfaceName })];
  builder.add(samplePoll({ tsMs, pollNumber: sequence }), sampleRows({ interfaces }));
  return sealBatch(builder, { ...SAMPLE_IDENTITY, sequence, sealedAtMs: tsMs + 900 });
}

/** Runs `hub dead-letters` as an operator does, beside the running hub. */
const deadLetters = (...words: readonly string[]): Promise<Ended> => runHubVerb('dead-letters', ...words);

describe('hub dead-letters', { timeout: 60_000 }, () => {
  it('replays into the embedded engine of the running hub once the cause is mended', async () => {
    await using clickhouse = createClickHouse(await addressBesideHub(loadHubConfig(hub.config, {})));
    await clickhouse.command({ query: `ALTER TABLE interface_counters ADD CONSTRAINT no_poison CHECK interface != 'poison'` });
    await using agent = connectAgent(hub.grpcPort, TOKEN);
    await agent.hello('fra1');
    const acks = await Promise.all([agent.send(batchOf(1, 'poison')), agent.send(batchOf(2, 'ether1'))]);
    expect(acks.map(({ status }) => status)).toEqual([AckStatus.REJECTED, AckStatus.STORED]);
    const listed = await deadLetters('list', '--config', hub.config, '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([{ agent: 'fra1', sequence: 1, reason: expect.stringContaining('469') }]);
    expect(await deadLetters('replay', '--config', hub.config)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('0 stored with 0 rows, 1 kept'),
    });
    await clickhouse.command({ query: 'ALTER TABLE interface_counters DROP CONSTRAINT no_poison' });
    expect(await deadLetters('replay', '--config', hub.config)).toEqual({
      code: 0,
      stdout: '1 stored with 2 rows, 0 kept\n',
      stderr: '',
    });
    const result = await clickhouse.query({
      query: 'SELECT interface FROM interface_counters FINAL ORDER BY 1',
      format: 'JSONCompactEachRow',
    });
    expect(await result.json()).toEqual([['ether1'], ['poison']]);
  });

  it('says what is wrong with its words, and where it looked for the hub', async () => {
    expect(await deadLetters('mend')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('say list, show, replay or drop'),
    });
    expect(await deadLetters('list', '--config', join(hub.folder, 'none.yaml'))).toMatchObject({ code: 2 });
    expect((await deadLetters('--help')).stdout).toContain('Usage: npm run hub -- dead-letters');
    const other = join(hub.folder, 'other.yaml');
    writeFileSync(other, 'data_dir: ./elsewhere\nagents: []\n');
    const { code, stderr } = await deadLetters('list', '--config', other);
    expect(code).toBe(1);
    expect(stderr).toContain('there is no clickhouse-password in');
    const silent = join(hub.folder, 'silent.yaml');
    writeFileSync(silent, `data_dir: ./data\nclickhouse: { embedded: { port: ${await freePort()} } }\nagents: []\n`);
    expect(await deadLetters('list', '--config', silent)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('start the hub'),
    });
  });

  it('has its letters counted by the hub', async () => {
    const metrics = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${hub.httpPort}/metrics`)).text();
    await vi.waitFor(async () => expect(await metrics()).toMatch(/^poplar_hub_dead_letters \d+$/m), { timeout: 20_000 });
    expect(await metrics()).toMatch(/^poplar_hub_dead_letters_dropped_total{bound="bytes"} 0$/m);
  });
});
