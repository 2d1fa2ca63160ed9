/**
 * Bounds the visits that run at once. Visits to routers that answered last time and visits to the others have a lane
 * each, so that a site full of dead routers, each holding its place until the deadline, never delays a living one.
 */

export type LaneName = 'answering' | 'silent';

export interface Lanes<T> {
  /** Queues an item, once: an item that waits already keeps its place. */
  add(item: T, lane: LaneName): void;
  /** Forgets an item that waits. Returns whether it did. */
  remove(item: T): boolean;
  clear(): void;
  /** Resolves once nothing waits and nothing runs. */
  drained(): Promise<void>;
  readonly waiting: number;
  readonly running: number;
}

/** `start` runs an item and resolves when its place is free again; it must not reject. `capacity` is asked each time. */
export function createLanes<T>(capacity: (lane: LaneName) => number, start: (item: T) => Promise<void>): Lanes<T> {
  const lanes = {
    answering: { waiting: new Set<T>(), running: 0 },
    silent: { waiting: new Set<T>(), running: 0 },
  };

  let waiters: (() => void)[] = [];

  const waiting = (): number => lanes.answering.waiting.size + lanes.silent.waiting.size;
  const running = (): number => lanes.answering.running + lanes.silent.running;

  function notifyDrained(): void {
    if (waiting() + running() > 0) return;
    for (const notify of waiters) notify();
    waiters = [];
  }

  function pump(name: LaneName): void {
    const lane = lanes[name];
    for (const item of lane.waiting) {
      if (lane.running >= capacity(name)) return;
      lane.waiting.delete(item);
      lane.running++;
      void start(item).then(() => {
        lane.running--;
        pump(name);
        notifyDrained();
      });
    }
  }

  return {
    add(item, name) {
      if (lanes.answering.waiting.has(item) || lanes.silent.waiting.has(item)) return;
      lanes[name].waiting.add(item);
      pump(name);
    },
    remove(item) {
      const waited = lanes.answering.waiting.delete(item);
      return lanes.silent.waiting.delete(item) || waited;
    },
    clear() {
      lanes.answering.waiting.clear();
      lanes.silent.waiting.clear();
      notifyDrained();
    },
    drained() {
      if (waiting() + running() === 0) return Promise.resolve();
      return new Promise((resolve) => waiters.push(resolve));
    },
    get waiting() {
      return waiting();
    },
    get running() {
      return running();
    },
  };
}
