/**
 * Finds the batch that a hub will not have: one that was under way each time the hub ended the stream over a message.
 * It is then sent alone, and given up when that ends the stream too. Broken connections blame nobody.
 */
import type { SpoolItem } from '../spool/spool.ts';

/** Streams that must end over a batch before it is sent alone. */
const ENDS_MAX = 3;

export interface Suspects {
  /** The batch to send alone on the next stream. */
  readonly alone: SpoolItem | undefined;
  /** A stream was ended over one of these batches. Returns the batch that is convicted: it was alone. */
  blame(unanswered: readonly SpoolItem[], alone: SpoolItem | undefined): SpoolItem | undefined;
  /** Forgets batches that no longer wait. */
  keep(waits: (item: SpoolItem) => boolean): void;
}

export function createSuspects(): Suspects {
  const counts = new Map<number, { readonly item: SpoolItem; ends: number }>();
  return {
    get alone() {
      return [...counts.values()].find(({ ends }) => ends >= ENDS_MAX)?.item;
    },
    blame(unanswered, alone) {
      if (alone !== undefined && unanswered.length === 1 && unanswered[0]?.position === alone.position) {
        counts.delete(alone.position);
        return alone;
      }
      for (const item of unanswered) {
        const known = counts.get(item.position);
        if (known === undefined) counts.set(item.position, { item, ends: 1 });
        else known.ends++;
      }
      return undefined;
    },
    keep(waits) {
      for (const { item } of counts.values()) if (!waits(item)) counts.delete(item.position);
    },
  };
}
