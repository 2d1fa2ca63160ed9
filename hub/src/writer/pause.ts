import type { StoreError } from '../clickhouse/store-error.ts';

/** A pause doubles from the first failure on, up to this many times the first. */
const GROWTH_MAX = 30;
/** Up to this many while nobody answers: asking costs nothing then, and whoever looks at the fleet waits for the answer. */
const UNANSWERED_GROWTH_MAX = 4;

/** How long to wait after a failed insert, ms. `attempt` counts from 0, `retryMs` is the first pause. */
export function pauseMs(attempt: number, retryMs: number, { code }: Pick<StoreError, 'code'>): number {
  return retryMs * Math.min(2 ** attempt, code === undefined ? UNANSWERED_GROWTH_MAX : GROWTH_MAX);
}
