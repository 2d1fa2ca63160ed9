import { Counter, Gauge, type Registry } from 'prom-client';

export interface UplinkMetrics {
  readonly connected: Gauge;
  /** Label `fault`: why streams ended. */
  readonly streamEnds: Counter;
  /** Label `lane`: fresh, backlog. */
  readonly sentBatches: Counter;
  readonly sentBytes: Counter;
  /** Label `status`: stored, duplicate, rejected, skipped. */
  readonly acks: Counter;
  readonly ackedRows: Counter;
  readonly inFlightBytes: Gauge;
  readonly clockOffsetMs: Gauge;
}

export function createUplinkMetrics(registry: Registry): UplinkMetrics {
  const registers = [registry];
  return {
    connected: new Gauge({ name: 'poplar_agent_uplink_connected', help: '1 while a hub has welcomed this agent.', registers }),
    streamEnds: new Counter({
      name: 'poplar_agent_uplink_stream_ends_total',
      help: 'Streams to hubs that ended.',
      labelNames: ['fault'],
      registers,
    }),
    sentBatches: new Counter({
      name: 'poplar_agent_uplink_sent_batches_total',
      help: 'Batches sent, those sent again included.',
      labelNames: ['lane'],
      registers,
    }),
    sentBytes: new Counter({
      name: 'poplar_agent_uplink_sent_bytes_total',
      help: 'Bytes of messages handed to gRPC.',
      registers,
    }),
    acks: new Counter({
      name: 'poplar_agent_uplink_acks_total',
      help: 'Batches by the answer of the hub.',
      labelNames: ['status'],
      registers,
    }),
    ackedRows: new Counter({
      name: 'poplar_agent_uplink_acked_rows_total',
      help: 'Rows that the hub says are stored, by its answer; those of batches sent again count again, as duplicate.',
      labelNames: ['status'],
      registers,
    }),
    inFlightBytes: new Gauge({ name: 'poplar_agent_uplink_in_flight_bytes', help: 'Sent and not answered.', registers }),
    clockOffsetMs: new Gauge({
      name: 'poplar_agent_clock_offset_milliseconds',
      help: "The hub's clock minus this agent's, at the last handshake.",
      registers,
    }),
  };
}
