import { EngineError } from './engine-error.ts';

export interface LaneConfig {
  readonly name: string;
  /** Statements that run at once: each holds a thread of the pool. */
  readonly slots: number;
  /** Statements that may wait for a slot; more are refused with code 202. */
  readonly waitingMax: number;
}

/** A bounded line in front of the engine, first come first served. */
export interface Lane {
  /** Waits for a slot and works in it. Throws code 202 when the line is full, the signal's reason when it aborts while waiting. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export function createLane({ name, slots, waitingMax }: LaneConfig): Lane {
  let free = slots;
  const waiting: (() => void)[] = [];

  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }

  async function enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return;
    }
    if (waiting.length >= waitingMax) {
      throw EngineError.of(
        'TOO_MANY_SIMULTANEOUS_QUERIES',
        `Too many simultaneous queries: ${slots} ${name} run and ${waitingMax} wait. Try again later.`,
      );
    }
    await new Promise<void>((resolve, reject) => {
      const give = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = (): void => {
        waiting.splice(waiting.indexOf(give), 1);
        reject(signal.reason);
      };
      waiting.push(give);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  return {
    async run(signal, work) {
      await enter(signal);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
