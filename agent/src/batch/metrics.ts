import { Counter, Histogram, type Registry } from 'prom-client';

export interface BatchMetrics {
  readonly polls: Counter;
  /** Label `reason`: invalid (a value fits no column), clock (its time is nowhere near the agent's), spool (the disk refused). */
  readonly droppedPolls: Counter;
  readonly sealed: Counter;
  readonly sealedBytes: Counter;
  readonly pollsPerBatch: Histogram;
}

export function createBatchMetrics(registry: Registry): BatchMetrics {
  const registers = [registry];
  return {
    polls: new Counter({ name: 'poplar_agent_polls_total', help: 'Polls taken into batches.', registers }),
    droppedPolls: new Counter({
      name: 'poplar_agent_polls_dropped_total',
      help: 'Polls that were lost before a batch was spooled; each leaves a hole in the poll numbers.',
      labelNames: ['reason'],
      registers,
    }),
    sealed: new Counter({ name: 'poplar_agent_batches_sealed_total', help: 'Batches sealed and spooled.', registers }),
    sealedBytes: new Counter({ name: 'poplar_agent_batches_sealed_bytes_total', help: 'Their compressed payloads.', registers }),
    pollsPerBatch: new Histogram({
      name: 'poplar_agent_batch_polls',
      help: 'Polls in a batch.',
      buckets: [1, 5, 10, 25, 50, 100, 250, 500, 1000],
      registers,
    }),
  };
}
