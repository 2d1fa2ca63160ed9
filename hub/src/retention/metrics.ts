import { Counter, Gauge, type Registry } from 'prom-client';

export type RetentionMetrics = ReturnType<typeof createRetentionMetrics>;

/** Counters of what expired, registered where /metrics looks. */
export function createRetentionMetrics(registry: Registry) {
  const registers = [registry];
  return {
    partitions: new Counter({
      name: 'poplar_hub_retention_partitions_dropped_total',
      help: 'Partitions dropped because all of their rows had expired',
      labelNames: ['tier'] as const,
      registers,
    }),
    rows: new Counter({
      name: 'poplar_hub_retention_rows_dropped_total',
      help: 'Rows of these partitions, copies that were not merged included',
      labelNames: ['tier'] as const,
      registers,
    }),
    floorSeconds: new Gauge({
      name: 'poplar_hub_retention_floor_seconds',
      help: 'Unix time from which on rows of the tier are kept; 0 keeps all',
      labelNames: ['tier'] as const,
      registers,
    }),
  };
}
