import type { Logger } from 'pino';

/** A part of the process that runs until its signal aborts. */
export interface Part {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

/** Runs the parts; the first to end stops the rest. Throws the error of the first part that failed. */
export async function supervise(parts: readonly Part[], stop: AbortSignal, log: Logger): Promise<void> {
  const ending = new AbortController();
  const relay = (): void => ending.abort(stop.reason);
  if (stop.aborted) relay();
  else stop.addEventListener('abort', relay, { once: true });
  const runs = parts.map(async ({ name, run }) => {
    try {
      await run(ending.signal);
      if (!ending.signal.aborted) throw new Error(`${name} ended by itself`);
    } catch (error) {
      if (!ending.signal.aborted) log.error({ err: error, part: name }, 'A part of the hub failed; stopping');
      ending.abort(error);
      throw error;
    }
  });
  const results = await Promise.allSettled(runs);
  stop.removeEventListener('abort', relay);
  if (stop.aborted) return;
  for (const result of results) if (result.status === 'rejected') throw result.reason;
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
    if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'stop') stop('asked by the parent process');
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
