import { expect, it } from 'vitest';
import { withLayout } from './storage.ts';

const STATEMENT =
  "CREATE TABLE poplar.interface_counters (`ts` DateTime64(3, 'UTC') COMMENT 'Start (of the poll)' CODEC(DoubleDelta, ZSTD(1)), `site` LowCardinality(String), " +
  "`rank` UInt64 COMMENT 'Settles equal keys' CODEC(ZSTD(1)), `rx_bytes` Nullable(UInt64) CODEC(Delta(8), T64, ZSTD(1)), `fp_rx_bytes` Nullable(UInt64) CODEC(Delta(8), T64, ZSTD(1))) " +
  'ENGINE = ReplacingMergeTree(rank) PARTITION BY toDate(ts) ORDER BY (toStartOfHour(ts), site, ts) SETTINGS fsync_after_insert = 1';

it('changes key, partition and the codec of one column, and leaves the rest', () => {
  expect(
    withLayout(STATEMENT, { name: '', key: '(site, ts)', partition: 'toYYYYMM(ts)', codecs: { rx_bytes: 'T64', ts: 'Delta' } }),
  ).toBe(
    STATEMENT.replace('poplar.interface_counters', 'bench_interface_counters')
      .replace('(toStartOfHour(ts), site, ts)', '(site, ts)')
      .replace('toDate(ts)', 'toYYYYMM(ts)')
      .replace('CODEC(DoubleDelta, ZSTD(1))', 'CODEC(Delta)')
      .replace('`rx_bytes` Nullable(UInt64) CODEC(Delta(8), T64, ZSTD(1))', '`rx_bytes` Nullable(UInt64) CODEC(T64)'),
  );
});

it('refuses to measure a layout that it cannot make', () => {
  expect(() => withLayout(STATEMENT, { name: '', codecs: { site: 'ZSTD(1)' } })).toThrow('Cannot change the layout');
});
