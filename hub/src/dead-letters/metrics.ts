import { Counter, Gauge, type Registry } from 'prom-client';

export type LetterMetrics = ReturnType<typeof createLetterMetrics>;

/** Gauges and counters of the dead letters, registered where /metrics looks. */
export function createLetterMetrics(registry: Registry) {
  const registers = [registry];
  return {
    letters: new Gauge({ name: 'poplar_hub_dead_letters', help: 'Rejected batches whose bytes are kept', registers }),
    bytes: new Gauge({ name: 'poplar_hub_dead_letter_bytes', help: 'What the dead letters take on disk, bytes', registers }),
    dropped: new Counter({
      name: 'poplar_hub_dead_letters_dropped_total',
      help: 'Dead letters removed for good, by the bound that they met',
      labelNames: ['bound'] as const,
      registers,
    }),
  };
}
