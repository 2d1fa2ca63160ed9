/**
 * What to send next. Fresh batches (sealed since the stream began) go first, so that graphs are current within seconds
 * of an outage's end; the backlog follows, oldest first, at a bounded pace and in a bounded share of the window.
 */
import type { Spool, SpoolItem } from '../spool/spool.ts';
import type { Flight, Lane } from './flight.ts';
import type { Pace } from './pace.ts';

/** A fresh lane this many batches behind is a backlog: it would only keep newer ones waiting. */
const FRESH_MAX = 64;

export interface Choice {
  readonly lane: Lane;
  readonly item: SpoolItem;
}

export interface Lanes {
  /** The next batch that the flight has room for, or undefined. It counts as taken. */
  next(flight: Flight): Choice | undefined;
  /** From now on only fresh batches. */
  stopBacklog(): void;
  /** True when no fresh batch waits to be sent. */
  readonly freshDone: boolean;
  /** Milliseconds after which there may be more although nothing new has come; undefined: only news brings more. */
  readonly waitMs: number | undefined;
}

export interface LanesConfig {
  readonly spool: Pick<Spool, 'next' | 'state'>;
  /** Of the backlog. */
  readonly pace: Pace;
  /** Batches that are not among those to send. */
  readonly heldBack: readonly SpoolItem[];
}

/** Lanes over what the spool holds now and will hold. */
export function createLanes({ spool, pace, heldBack }: LanesConfig): Lanes {
  let freshCursor = spool.state().newest;
  let backlogCursor = 0;
  let backlog = true;
  /** The backlog goes on as soon as its pace allows. */
  let paced = false;
  const held = new Set(heldBack.map(({ position }) => position));

  function nextFresh(flight: Flight): Choice | undefined {
    const { newest } = spool.state();
    if (newest - freshCursor > FRESH_MAX) freshCursor = newest - 1;
    const item = spool.next(freshCursor);
    if (item === undefined || !flight.hasRoom('fresh', item.bytes)) return undefined;
    freshCursor = item.position;
    return { lane: 'fresh', item };
  }

  function nextBacklog(flight: Flight): Choice | undefined {
    for (;;) {
      const item = spool.next(backlogCursor);
      if (item === undefined || item.position > freshCursor) return undefined;
      if (!flight.has(item) && !held.has(item.position)) {
        if (!flight.hasRoom('backlog', item.bytes)) return undefined;
        paced = pace.waitMs() > 0;
        if (paced) return undefined;
        pace.spend(item.bytes);
        backlogCursor = item.position;
        return { lane: 'backlog', item };
      }
      backlogCursor = item.position;
    }
  }

  return {
    next(flight) {
      paced = false;
      return nextFresh(flight) ?? (backlog ? nextBacklog(flight) : undefined);
    },
    stopBacklog() {
      backlog = false;
    },
    get freshDone() {
      return spool.next(freshCursor) === undefined;
    },
    get waitMs() {
      return paced ? pace.waitMs() : undefined;
    },
  };
}
