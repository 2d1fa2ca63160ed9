import { Counter, Gauge, type Registry } from 'prom-client';

export interface SpoolMetrics {
  readonly bytes: Gauge;
  readonly segments: Gauge;
  readonly batches: Gauge;
  readonly appended: Counter;
  readonly acked: Counter;
  /** Label `reason`: spool_full, corrupt, too_large, refused. */
  readonly skipped: Counter;
  /** Label `code`: the system's. */
  readonly writeFailures: Counter;
  /** Label `what`: torn_tail, segment, record, journal. */
  readonly damage: Counter;
}

export function createSpoolMetrics(registry: Registry): SpoolMetrics {
  const registers = [registry];
  return {
    bytes: new Gauge({ name: 'poplar_agent_spool_bytes', help: 'Size of the spool on disk.', registers }),
    segments: new Gauge({ name: 'poplar_agent_spool_segments', help: 'Files of the spool.', registers }),
    batches: new Gauge({ name: 'poplar_agent_spool_batches', help: 'Batches that wait for an ack.', registers }),
    appended: new Counter({ name: 'poplar_agent_spool_appended_total', help: 'Batches taken in.', registers }),
    acked: new Counter({
      name: 'poplar_agent_spool_acked_total',
      help: 'Batches removed because their fate is final.',
      registers,
    }),
    skipped: new Counter({
      name: 'poplar_agent_spool_skipped_total',
      help: 'Sequences given up and declared to the hub.',
      labelNames: ['reason'],
      registers,
    }),
    writeFailures: new Counter({
      name: 'poplar_agent_spool_write_failures_total',
      help: 'Writes that the disk refused; they are tried again.',
      labelNames: ['code'],
      registers,
    }),
    damage: new Counter({
      name: 'poplar_agent_spool_damage_total',
      help: 'Things on disk that could not be read.',
      labelNames: ['what'],
      registers,
    }),
  };
}
