/**
 * Finds the batch that a hub will not have: one that was under way each time the hub ended the stream over a message. Suspects
 * are held back until the hub has taken another batch, then tried among themselves, half of them at a time; the one that ends
 * the stream alone is convicted. So a hub that takes nothing convicts nobody, and broken connections blame nobody.
 */
import type { SpoolItem } from '../spool/spool.ts';

/** Streams that must end over a batch before it is held back. */
const ENDS_MAX = 3;
/** Batches that are watched. The others are sent as ever: a hub that refuses so many refuses all. */
const WATCHED_MAX = 1024;

export interface Suspects {
  /** Batches to hold back on the next stream, those to try first in front. */
  readonly heldBack: readonly SpoolItem[];
  /** How many of them to try together. */
  readonly trialMax: number;
  /** A stream was ended over one of these batches. Returns the one that is convicted: it was tried alone. */
  blame(unanswered: readonly SpoolItem[]): SpoolItem | undefined;
  /** Forgets batches that no longer wait. */
  keep(waits: (item: SpoolItem) => boolean): void;
}

export function createSuspects(): Suspects {
  const counts = new Map<number, { readonly item: SpoolItem; ends: number }>();
  /** Positions of the batches among which the trials have narrowed it down. */
  let narrowed: ReadonlySet<number> = new Set();

  const heldBack = (): SpoolItem[] => {
    const held = [...counts.values()].filter(({ ends }) => ends >= ENDS_MAX).map(({ item }) => item);
    const isFirst = ({ position }: SpoolItem): boolean => narrowed.has(position);
    return [...held.filter(isFirst), ...held.filter((item) => !isFirst(item))];
  };
  const trialMax = (): number => Math.ceil((narrowed.size || heldBack().length) / 2);

  return {
    get heldBack() {
      return heldBack();
    },
    get trialMax() {
      return trialMax();
    },
    blame(unanswered) {
      const held = new Set(heldBack().map(({ position }) => position));
      if (unanswered.length > 0 && unanswered.every(({ position }) => held.has(position))) {
        const [convicted] = trialMax() === 1 ? unanswered : [];
        narrowed = new Set(convicted === undefined ? unanswered.map(({ position }) => position) : []);
        if (convicted !== undefined) counts.delete(convicted.position);
        return convicted;
      }
      for (const item of unanswered) {
        const known = counts.get(item.position);
        if (known !== undefined) known.ends++;
        else if (counts.size < WATCHED_MAX) counts.set(item.position, { item, ends: 1 });
      }
      return undefined;
    },
    keep(waits) {
      for (const { item } of counts.values()) if (!waits(item)) counts.delete(item.position);
      narrowed = new Set([...narrowed].filter((position) => counts.has(position)));
    },
  };
}
