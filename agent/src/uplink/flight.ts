/** What was sent on a stream and has no answer yet. Bounded in bytes by the window that the hub allows. */
import type { SequenceSpan, Skip, SpoolItem } from '../spool/spool.ts';

export type Lane = 'fresh' | 'backlog';

/** The backlog may fill this part of the window, so that fresh batches never wait behind it. */
const BACKLOG_SHARE = 0.5;

export interface Flight {
  /** Whether one more batch of this size may be sent. One is always allowed: a window smaller than a batch must not wedge. */
  hasRoom(lane: Lane, bytes: number): boolean;
  add(lane: Lane, item: SpoolItem): void;
  addSkip(skip: Skip): void;
  has(item: SpoolItem): boolean;
  hasSkip(skip: Skip): boolean;
  /** Removes what the span answers; returns the batches among it. */
  land(span: SequenceSpan): SpoolItem[];
  readonly items: readonly SpoolItem[];
  readonly bytes: number;
  readonly empty: boolean;
}

export function createFlight(windowBytes: number): Flight {
  const batches = new Map<number, { readonly item: SpoolItem; readonly lane: Lane }>();
  const skips = new Set<string>();
  const bytes = { fresh: 0, backlog: 0 };

  return {
    hasRoom(lane, size) {
      const total = bytes.fresh + bytes.backlog;
      if (total === 0) return true;
      if (total + size > windowBytes) return false;
      return lane === 'fresh' || bytes.backlog + size <= windowBytes * BACKLOG_SHARE;
    },
    add(lane, item) {
      batches.set(item.position, { item, lane });
      bytes[lane] += item.bytes;
    },
    addSkip: (skip) => void skips.add(keyOf(skip)),
    has: (item) => batches.has(item.position),
    hasSkip: (skip) => skips.has(keyOf(skip)),
    land(span) {
      const landed: SpoolItem[] = [];
      for (const { item, lane } of batches.values()) {
        if (item.epoch !== span.epoch || item.sequence < span.first || item.sequence > span.last) continue;
        batches.delete(item.position);
        bytes[lane] -= item.bytes;
        landed.push(item);
      }
      skips.delete(keyOf(span));
      return landed;
    },
    get items() {
      return [...batches.values()].map(({ item }) => item);
    },
    get bytes() {
      return bytes.fresh + bytes.backlog;
    },
    get empty() {
      return batches.size === 0 && skips.size === 0;
    },
  };
}

function keyOf({ epoch, first, last }: SequenceSpan): string {
  return `${epoch}/${first}-${last}`;
}
