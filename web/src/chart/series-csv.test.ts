import { expect, test } from 'vitest';
import { seriesCsv } from './series-csv.ts';

const NOTHING = { min_bps: null, avg_bps: null, max_bps: null, last_bps: null, p95_bps: null, total_bytes: null };

test('the points of a graph are lines with whole bit/s, and empty cells where nothing is known', () => {
  const csv = seriesCsv({
    from_ms: 0,
    to_ms: 20_000,
    step_ms: 10_000,
    resolution: 'samples',
    ts_ms: [0, 10_000],
    rx_bps: [1.6, null],
    tx_bps: [2, null],
    rx_max_bps: [3, null],
    tx_max_bps: [4, null],
    gaps: [],
    resets: [],
    summary: { rx: NOTHING, tx: NOTHING },
    sql: '',
  });
  expect(csv).toBe(
    'time,in_bps,out_bps,in_max_bps,out_max_bps\r\n1970-01-01T00:00:00.000Z,2,2,3,4\r\n1970-01-01T00:00:10.000Z,,,,\r\n',
  );
});
