/**
 * What to send next. Fresh batches (sealed since the stream began) go first, so that graphs are current within seconds
 * of an outage's end; the backlog follows, oldest first, in a bounded share of the window.
 */
import type { Spool, SpoolItem } from '../spool/spool.ts';
import type { Flight, Lane } from './flight.ts';

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
}

/** Lanes over what the spool holds now and will hold. `only` restricts them to one batch. */
export function createLanes(spool: Pick<Spool, 'next' | 'state'>): Lanes {
  let freshCursor = spool.state().newest;
  let backlogCursor = 0;
  let backlog = true;

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
      if (!flight.has(item)) {
        if (!flight.hasRoom('backlog', item.bytes)) return undefined;
        backlogCursor = item.position;
        return { lane: 'backlog', item };
      }
      backlogCursor = item.position;
    }
  }

  return {
    next: (flight) => nextFresh(flight) ?? (backlog ? nextBacklog(flight) : undefined),
    stopBacklog() {
      backlog = false;
    },
    get freshDone() {
      return spool.next(freshCursor) === undefined;
    },
  };
}
