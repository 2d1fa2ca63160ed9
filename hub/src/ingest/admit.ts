import { BatchError, type OpenBatch, openBatch } from '@poplar/proto/batch';
import type { Decompress } from '@poplar/proto/decompress';
import type { BatchLimits } from '@poplar/proto/limits';
import type { Batch } from '@poplar/proto/telemetry/v1/ingest';
import { validateBatch } from '@poplar/proto/validate';

/**
 * Opens and checks a batch that `agent` sent: the opened batch, or why it can never be stored. A function of the bytes alone. What is opened
 * by a `createDecompressor()` is valid until that decompresses again.
 */
export function admitBatch(agent: string, batch: Batch, limits: BatchLimits, by?: Decompress): OpenBatch | string {
  try {
    const opened = openBatch(batch, limits, by);
    if (opened.agent !== agent) return `the batch was sealed by agent "${opened.agent}", the token belongs to "${agent}"`;
    return validateBatch(opened) ?? opened;
  } catch (error) {
    if (error instanceof BatchError) return error.message;
    throw error;
  }
}
