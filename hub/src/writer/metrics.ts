import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { createBulkHistogram } from './bulk-histogram.ts';

export type WriterMetrics = ReturnType<typeof createWriterMetrics>;

/** Counters of the writer, registered where /metrics looks. */
export function createWriterMetrics(registry: Registry) {
  const registers = [registry];
  return {
    rowsStored: new Counter({
      name: 'poplar_hub_rows_stored_total',
      help: 'Rows confirmed by ClickHouse, all tables',
      registers,
    }),
    batches: new Counter({
      name: 'poplar_hub_batches_total',
      help: 'Batches by their final state',
      labelNames: ['state'] as const,
      registers,
    }),
    partlyUnknown: new Counter({
      name: 'poplar_hub_partly_unknown_batches_total',
      help: 'Stored batches with columns that only a newer hub knows; their bytes are kept as dead letters',
      registers,
    }),
    insertRetries: new Counter({
      name: 'poplar_hub_insert_retries_total',
      help: 'Inserts repeated because ClickHouse did not confirm them',
      registers,
    }),
    budgetBytes: new Gauge({ name: 'poplar_hub_writer_held_bytes', help: 'Bytes of batches waiting to be stored', registers }),
    flushSeconds: new Histogram({
      name: 'poplar_hub_flush_seconds',
      help: 'Time to store one merged group of batches',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    pollToStored: createBulkHistogram(
      {
        name: 'poplar_hub_poll_to_stored_seconds',
        help: 'From the end of a poll to the confirmed insert of its rows',
        buckets: [0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 60, 300, 1800],
      },
      registry,
    ),
  };
}
