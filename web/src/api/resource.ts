import { signal as createSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useViewer } from '../viewer.ts';
import { ApiError } from './client.ts';

/** Something read from the API, which stays while it is read again and while reading it fails. */
export interface Reading<T> {
  readonly data: T | null;
  /** When `data` arrived, Unix ms of the hub's clock. */
  readonly readAtMs: number | null;
  readonly error: ApiError | null;
  /** Since when reading it fails. */
  readonly failingSinceMs: number | null;
}

const NOTHING: Reading<never> = { data: null, readAtMs: null, error: null, failingSinceMs: null };

const RETRY_MS = 5000;

interface Reader<T> {
  readonly reading: ReadonlySignal<Reading<T>>;
  load: (signal: AbortSignal) => Promise<T>;
  readAgain(): void;
  stop(): void;
}

function createReader<T>(load: (signal: AbortSignal) => Promise<T>, nowMs: () => number): Reader<T> {
  const reading = createSignal<Reading<T>>(NOTHING);
  const stopping = new AbortController();
  let busy = false;
  let again = false;
  let retry: ReturnType<typeof setTimeout> | undefined;

  async function read(): Promise<void> {
    busy = true;
    clearTimeout(retry);
    try {
      const data = await reader.load(stopping.signal);
      reading.value = { data, readAtMs: nowMs(), error: null, failingSinceMs: null };
    } catch (cause) {
      if (stopping.signal.aborted) return;
      const error =
        cause instanceof ApiError ? cause : new ApiError('The answer cannot be read', 0, 'Reload the page.', { cause });
      reading.value = { ...reading.value, error, failingSinceMs: reading.value.failingSinceMs ?? nowMs() };
      // What the request itself got wrong stays wrong; everything else may pass.
      if (error.passing) retry = setTimeout(() => reader.readAgain(), RETRY_MS);
    } finally {
      busy = false;
    }
    if (again && !stopping.signal.aborted) {
      again = false;
      void read();
    }
  }

  const reader: Reader<T> = {
    reading,
    load,
    readAgain() {
      if (busy) again = true;
      else void read();
    },
    stop() {
      clearTimeout(retry);
      stopping.abort();
    },
  };
  return reader;
}

/**
 * Reads something and reads it again whenever `refresh` changes, one request at a time.
 * @param key what is read: another key starts from nothing, the same keeps showing what it has.
 * @param load must throw `ApiError`.
 */
export function useReading<T>(key: string, load: (signal: AbortSignal) => Promise<T>, refresh: unknown): Reading<T> {
  const { clock } = useViewer();
  const [held, setHeld] = useState<{ key: string; reader: Reader<T> } | null>(null);
  const newest = useRef(load);
  newest.current = load;

  useEffect(() => {
    const reader = createReader<T>((signal) => newest.current(signal), clock.nowMs);
    setHeld({ key, reader });
    reader.readAgain();
    return () => reader.stop();
  }, [key, clock]);

  const mounted = useRef(false);
  useEffect(() => {
    if (mounted.current) held?.reader.readAgain();
    mounted.current = true;
  }, [refresh]);

  return held?.key === key ? held.reader.reading.value : NOTHING;
}
