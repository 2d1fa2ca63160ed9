import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type EventMetrics = ReturnType<typeof createEventMetrics>;

/** Counters of the making of events, registered where /metrics looks. */
export function createEventMetrics(registry: Registry) {
  const registers = [registry];
  return {
    ranges: new Counter({
      name: 'poplar_hub_event_ranges_total',
      help: 'Ranges of sites whose events were made anew, by derivation',
      labelNames: ['derivation'] as const,
      registers,
    }),
    belowFloor: new Counter({
      name: 'poplar_hub_event_below_floor_total',
      help: 'Ranges whose raw rows have expired in part: their events stay as they were',
      registers,
    }),
    marks: new Gauge({
      name: 'poplar_hub_event_marks',
      help: 'Marks at the last turn, up to its limit: what came in and was not looked at for events yet',
      registers,
    }),
    turnSeconds: new Histogram({
      name: 'poplar_hub_event_turn_seconds',
      help: 'Time of a turn that made events, its rests left out',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
  };
}
