import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { rebuild } from '../rollup/rebuild.ts';
import { createRollupStore } from '../rollup/store.ts';
import { BASE, history, insertSamples, MINUTE, shuffled } from '../rollup/testing.ts';
import { readPortBuckets } from './port-buckets.ts';
import { createReader } from './reader.ts';
import { startTestStore, type TestStore } from './testing.ts';

const never = new AbortController().signal;
const FROM = BASE - 10 * MINUTE;
const TO = BASE + 130 * MINUTE;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

/** What the rollups hold of a port, in the columns of its buckets. */
async function rolledUp(router: string): Promise<unknown[]> {
  const result = await store.client.query({
    query: `
SELECT toInt64(toUnixTimestamp(bucket)) * 1000 AS bucket_ms, rx_bytes, rx_covered_ms, rx_min_bps, rx_max_bps,
  tx_bytes, tx_covered_ms, tx_min_bps, tx_max_bps, resets, first_sample_ms, last_sample_ms, reach_ms
FROM interface_rollup_5m FINAL
WHERE router = {router:String}
ORDER BY bucket`,
    query_params: { router },
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  return await result.json();
}

it.each([1, 2, 3, 4])('buckets of a port are those of the rollups: %i', { timeout: 60_000 }, async (seed) => {
  const { samples, speeds } = history(seed);
  await insertSamples(
    store,
    shuffled(samples, (below) => (seed * 7919) % below),
    speeds,
  );
  await rebuild(createRollupStore(store.client, store.database), { site: undefined, fromMs: FROM, toMs: TO }, () => {}, never);
  const reader = createReader(store.client);
  for (const router of ['r1', 'r2', 'r3']) {
    const buckets = await readPortBuckets(reader, { site: 'fra1', router, interface: 'ether1', from_ms: FROM, to_ms: TO }, never);
    expect(buckets.length).toBeGreaterThan(5);
    expect(buckets).toEqual(await rolledUp(router));
  }
});
