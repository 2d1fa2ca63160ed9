/**
 * A budget of bytes shared by everything that waits to be stored. Whoever wants to add waits until there is room, in order
 * of arrival: that wait is what stops a hub from reading its streams while ClickHouse is slow.
 */
export interface ByteBudget {
  /**
   * Takes `bytes`, waiting for room. What is larger than the whole budget is admitted when nothing else is held, so that it
   * cannot wait for ever. Rejects when the signal aborts.
   */
  take(bytes: number, signal: AbortSignal): Promise<void>;
  give(bytes: number): void;
  /** Bytes held now. */
  readonly held: number;
  /** Takers that wait. */
  readonly waiting: number;
}

/** `onChange` hears of every change of what is held. */
export function createByteBudget(capacity: number, onChange: (held: number) => void = () => {}): ByteBudget {
  interface Waiter {
    readonly bytes: number;
    readonly signal: AbortSignal;
    admit(): void;
    abandon(): void;
  }
  const waiters: Waiter[] = [];
  /** By signal, what hears of its abort: one listener, however many wait. */
  const listeners = new Map<AbortSignal, () => void>();
  let held = 0;

  function hold(bytes: number): void {
    held += bytes;
    onChange(held);
  }

  const fits = (bytes: number): boolean => held === 0 || held + bytes <= capacity;

  function admitNext(): void {
    for (let next = waiters[0]; next !== undefined && fits(next.bytes); next = waiters[0]) {
      waiters.shift();
      hold(next.bytes);
      next.admit();
    }
    if (waiters.length > 0) return;
    for (const [signal, abandon] of listeners) signal.removeEventListener('abort', abandon);
    listeners.clear();
  }

  function listen(signal: AbortSignal): void {
    if (listeners.has(signal)) return;
    const abandon = (): void => {
      const left = waiters.splice(0);
      for (const waiter of left) {
        if (waiter.signal === signal) waiter.abandon();
        else waiters.push(waiter);
      }
      admitNext();
    };
    listeners.set(signal, abandon);
    signal.addEventListener('abort', abandon, { once: true });
  }

  return {
    take(bytes, signal) {
      if (signal.aborted) return Promise.reject(reasonOf(signal));
      if (waiters.length === 0 && fits(bytes)) {
        hold(bytes);
        return Promise.resolve();
      }
      listen(signal);
      return new Promise((resolve, reject) => {
        waiters.push({ bytes, signal, admit: resolve, abandon: () => reject(reasonOf(signal)) });
      });
    },
    give(bytes) {
      hold(-bytes);
      admitNext();
    },
    get held() {
      return held;
    },
    get waiting() {
      return waiters.length;
    },
  };
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}
