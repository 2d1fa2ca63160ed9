/**
 * The truth journal: which replies were served, so that what is stored can be held against them.
 *
 * One JSON array per line: [time of the state in Unix ms, router index, menu path, rows in the reply]. Only whole,
 * unfiltered prints are in it: the values follow from the time, the router and the menu. When the simulator itself was held up,
 * a line says so: ["held up", from, to], in Unix ms.
 */
import { type FileHandle, open } from 'node:fs/promises';

export interface TruthJournal {
  /** Notes that a router answered a print with its state at this time. */
  served(atMs: number, routerIndex: number, menu: string, rows: number): void;
}

export interface JournalFile extends TruthJournal, AsyncDisposable {
  /** Notes that nothing of the simulator ran in this time, Unix ms. */
  heldUp(fromMs: number, toMs: number): void;
  /** Writes what is waiting. Rejects when the file cannot be written. */
  flush(): Promise<void>;
}

/** Longest time that a line waits in memory. */
export const JOURNAL_FLUSH_MS = 200;

/**
 * Opens a journal for appending. Lines wait at most JOURNAL_FLUSH_MS; disposing writes the rest. `onFault` hears of a
 * failed write: a journal with holes must not be verified against.
 */
export async function openJournal(file: string, onFault: (error: Error) => void): Promise<JournalFile> {
  let handle: FileHandle | undefined = await open(file, 'a');
  let waiting: string[] = [];
  let writing = Promise.resolve();

  function flush(): Promise<void> {
    if (waiting.length === 0 || handle === undefined) return writing;
    const text = waiting.join('');
    const to = handle;
    waiting = [];
    writing = writing.then(async () => {
      await to.appendFile(text);
    });
    return writing;
  }

  const timer = setInterval(() => {
    flush().catch((error: unknown) =>
      onFault(new Error(`Cannot write the truth journal ${file}: ${String(error)}`, { cause: error })),
    );
  }, JOURNAL_FLUSH_MS);

  return {
    served(atMs, routerIndex, menu, rows) {
      waiting.push(`[${atMs},${routerIndex},"${menu}",${rows}]\n`);
    },
    heldUp(fromMs, toMs) {
      waiting.push(`["held up",${Math.floor(fromMs)},${Math.ceil(toMs)}]\n`);
    },
    flush,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      if (handle === undefined) return;
      try {
        await flush();
      } finally {
        const closing = handle;
        handle = undefined;
        await closing.close();
      }
    },
  };
}
