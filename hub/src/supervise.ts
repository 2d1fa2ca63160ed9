import type { Logger } from 'pino';

/** A part of the process that runs until its signal aborts. */
export interface Part {
  readonly name: string;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** Parts that run in the background. */
export interface RunningParts extends AsyncDisposable {
  /** Rejects with the error of the first part that fails or ends by itself; never resolves. */
  readonly failed: Promise<never>;
}

/** Starts the parts; the first to fail stops the rest. Dispose stops them all and waits for their end. */
export function startParts(parts: readonly Part[], log: Logger): RunningParts {
  const stopping = new AbortController();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  // Whoever waits for it sees the failure; a stop that comes first ends the wait.
  failed.catch(() => {});
  const runs = parts.map(async ({ name, run }) => {
    try {
      await run(stopping.signal);
      if (!stopping.signal.aborted) throw new Error(`${name} ended by itself`);
    } catch (error) {
      log.error({ err: error, part: name }, 'A part of the hub failed');
      reject(error);
      stopping.abort(error);
    }
  });
  return {
    failed,
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('the hub is stopping'));
      await Promise.all(runs);
    },
  };
}

/**
 * Aborts when the process is asked to stop: SIGTERM, SIGINT, SIGHUP, a `stop` message of the parent or the parent's end
 * (its IPC channel closes). The reason says which.
 */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = (why: string): void => stopping.abort(new Error(why));
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => stop(name));
  process.on('disconnect', () => stop('the parent process ended'));
  process.on('message', (message) => {
    if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'stop')
      stop('asked by the parent process');
  });
  return stopping.signal;
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
