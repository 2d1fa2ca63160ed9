import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type RollupMetrics = ReturnType<typeof createRollupMetrics>;

/** Counters of the rollups, registered where /metrics looks. */
export function createRollupMetrics(registry: Registry) {
  const registers = [registry];
  return {
    buckets: new Counter({
      name: 'poplar_hub_rollup_buckets_total',
      help: 'Five-minute buckets of sites made anew',
      registers,
    }),
    belowFloor: new Counter({
      name: 'poplar_hub_rollup_below_floor_total',
      help: 'Marks of buckets whose raw rows have expired in part: they stay as they were',
      registers,
    }),
    marks: new Gauge({
      name: 'poplar_hub_rollup_marks',
      help: 'Marks that were due at the last turn, up to its limit',
      registers,
    }),
    turnSeconds: new Histogram({
      name: 'poplar_hub_rollup_turn_seconds',
      help: 'Time of a turn that made rollups, its rests left out',
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
  };
}
