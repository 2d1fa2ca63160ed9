/** One open live feed: at most one message is on its way to it, and what happens meanwhile is merged into the next one. */
import type { WatchResponse } from '@poplar/proto/live/v1/live';
import { messageBetween, type Picture, type Selection } from './picture.ts';

export interface Watcher {
  readonly selection: Selection;
  /** Tells it that there is a newer picture. */
  notify(picture: Picture): void;
  /** When its message was handed to the connection and is still not taken, in monotonic ms; undefined when nothing is on its way. */
  stuckSinceMs(): number | undefined;
  /** Yields messages until the signal aborts. To be called once. */
  messages(signal: AbortSignal): AsyncGenerator<WatchResponse, void, undefined>;
}

/** @param monotonicMs a clock that only moves forward */
export function createWatcher(selection: Selection, monotonicMs: () => number): Watcher {
  let newest: Picture | undefined;
  let sent: Picture | undefined;
  let handedOverMs: number | undefined;
  let wake: (() => void) | undefined;

  return {
    selection,
    notify(picture) {
      newest = picture;
      wake?.();
    },
    stuckSinceMs: () => handedOverMs,
    async *messages(signal) {
      const stop = (): void => wake?.();
      signal.addEventListener('abort', stop, { once: true });
      try {
        while (!signal.aborted) {
          const picture = newest;
          if (picture === undefined || picture === sent) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            wake = undefined;
            continue;
          }
          const message = messageBetween(selection, sent, picture);
          sent = picture;
          handedOverMs = monotonicMs();
          // The generator resumes when the connection has room again.
          yield message;
          handedOverMs = undefined;
        }
      } finally {
        handedOverMs = undefined;
        signal.removeEventListener('abort', stop);
      }
    },
  };
}
