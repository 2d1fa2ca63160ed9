import { Counter, Gauge, type Registry } from 'prom-client';

export type IngestMetrics = ReturnType<typeof createIngestMetrics>;

/** Counters of the agents' streams, registered where /metrics looks. */
export function createIngestMetrics(registry: Registry) {
  const registers = [registry];
  return {
    streams: new Gauge({ name: 'poplar_hub_streams', help: 'Agent streams open', registers }),
    payloadBytes: new Counter({ name: 'poplar_hub_payload_bytes_total', help: 'Compressed batch bytes received', registers }),
    duplicates: new Counter({ name: 'poplar_hub_duplicate_batches_total', help: 'Batches that were stored before', registers }),
    expired: new Counter({
      name: 'poplar_hub_expired_batches_total',
      help: 'Batches rejected because raw rows of their time are not kept any more',
      registers,
    }),
    refused: new Counter({
      name: 'poplar_hub_refused_streams_total',
      help: 'Streams ended by the hub, by cause',
      labelNames: ['cause'] as const,
      registers,
    }),
  };
}
