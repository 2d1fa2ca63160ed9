import { Counter, Gauge, type Registry } from 'prom-client';

export type LiveMetrics = ReturnType<typeof createLiveMetrics>;

/** Counters of the live feed, registered where /metrics looks. */
export function createLiveMetrics(registry: Registry) {
  const registers = [registry];
  return {
    watchers: new Gauge({ name: 'poplar_hub_live_watchers', help: 'Open live feeds', registers }),
    messages: new Counter({ name: 'poplar_hub_live_messages_total', help: 'Messages handed to live feeds', registers }),
    dropped: new Counter({
      name: 'poplar_hub_live_dropped_total',
      help: 'Live feeds ended by the hub, by cause',
      labelNames: ['cause'] as const,
      registers,
    }),
    failedReadings: new Counter({
      name: 'poplar_hub_live_failed_readings_total',
      help: 'Readings of ClickHouse that failed',
      registers,
    }),
  };
}
