/** Batches of a script, stored as a hub stores them. */
import type { OpenBatch } from '@poplar/proto/batch';
import { Registry } from 'prom-client';
import { SILENT, type TestStore } from '../../api/testing.ts';
import { createSampleStore } from '../../store/sample-store.ts';
import { createInsertion, mergeAll } from '../../writer/insertion.ts';
import { createWriterMetrics } from '../../writer/metrics.ts';
import { storedRecord } from '../../writer/record.ts';

/** Stores batches in this order, so many at a time: rows, marks, records. */
export async function deliver({ client }: TestStore, batches: readonly OpenBatch[], size: number, nowMs: number): Promise<void> {
  const insertion = createInsertion(
    { retryMs: 20 },
    { store: createSampleStore(client), nowMs: () => nowMs, log: SILENT, metrics: createWriterMetrics(new Registry()) },
  );
  for (let from = 0; from < batches.length; from += size) {
    const chunk = batches.slice(from, from + size);
    const records = chunk.map((open) => {
      const contentHash = open.epoch * 1000n + BigInt(open.sequence);
      return storedRecord({ open, contentHash, receivedAtMs: nowMs, payloadBytes: 1 }, nowMs);
    });
    await insertion.storeRows(mergeAll(insertion, chunk), () => records, new AbortController().signal);
  }
}
