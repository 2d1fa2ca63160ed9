import type { InterfaceSeries } from '@poplar/hub/api/schemas';
import { toCsv, wholeRate } from '../table/csv.ts';

/** The points of a graph as CSV: time, averages and peaks in bit/s; empty cells where nothing is known. */
export function seriesCsv(series: InterfaceSeries): string {
  return toCsv(
    ['time', 'in_bps', 'out_bps', 'in_max_bps', 'out_max_bps'],
    series.ts_ms.map((ms, index) => [
      new Date(ms).toISOString(),
      ...[series.rx_bps, series.tx_bps, series.rx_max_bps, series.tx_max_bps].map((rates) => wholeRate(rates[index] ?? null)),
    ]),
  );
}
