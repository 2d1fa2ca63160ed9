/** Runs the parts of the agent and stops them in the order of the data's flow. */
import type { Logger } from 'pino';
import { pause } from './bell.ts';

/** A part of the process that runs until its signal aborts, and then finishes what it has. */
export interface Part {
  readonly name: string;
  /** How long it may take to finish before the parts behind it are stopped regardless. */
  readonly graceMs: number;
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Runs the parts until `stop` aborts or one of them ends; then stops one after another, the first first, so that each
 * can still hand its last data to the next. Throws the error of the first part that failed.
 */
export async function supervise(parts: readonly Part[], stop: AbortSignal, log: Logger): Promise<void> {
  const ending = new AbortController();
  let failure: unknown;
  const runs = parts.map((part) => {
    const stopping = new AbortController();
    const done = part
      .run(stopping.signal)
      .then(() => {
        if (!stopping.signal.aborted) throw new Error(`BUG: ${part.name} ended by itself`);
      })
      .catch((error: unknown) => {
        log.error({ err: error, part: part.name }, 'A part of the agent failed; stopping');
        failure ??= error;
        ending.abort();
      });
    return { part, stopping, done };
  });

  const onStop = (): void => ending.abort();
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();
  await new Promise<void>((resolve) => {
    if (ending.signal.aborted) resolve();
    else ending.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  stop.removeEventListener('abort', onStop);

  for (const { part, stopping, done } of runs) {
    stopping.abort();
    const inTime = new AbortController();
    const late = pause(part.graceMs, inTime.signal).then(() => !inTime.signal.aborted);
    const overdue = await Promise.race([done.then(() => false), late]);
    inTime.abort();
    if (overdue) log.warn({ part: part.name, grace_ms: part.graceMs }, 'A part of the agent did not finish in time');
  }
  if (failure !== undefined) throw failure;
}

/**
 * Aborts when the process is asked to stop: SIGTERM, SIGINT, a `stop` message of the parent or the parent's end (its IPC
 * channel closes). The reason says which.
 */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const stop = (why: string): void => stopping.abort(new Error(why));
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop(name));
  process.on('disconnect', () => stop('the parent process ended'));
  process.on('message', (message) => {
    if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'stop')
      stop('asked by the parent process');
  });
  return stopping.signal;
}
