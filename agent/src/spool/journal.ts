/**
 * The spool's journal: acknowledgements (a hint: losing one sends a batch again, which is harmless) and skips (durable
 * before the batches go). Append-only; rewritten through a temporary file when most of it is history.
 */
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Disk, type DiskFile, systemCode } from './disk.ts';
import { decodeEntry, encodeEntry, JOURNAL_VERSION, type JournalEntry, SLOT_BYTES } from './journal-entry.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { type SequenceSpan, type Skip, SpoolWriteError } from './spool.ts';

/** Rewritten when larger than this and than four times what it must hold. */
const REWRITE_BYTES = 64 * 1024;

export interface Journal {
  readonly ledger: Ledger;
  /** Notes acknowledgements in memory at once, on disk with the next flush. */
  ack(span: SequenceSpan): void;
  /** Resolves when the skips would survive a power cut. Rejects with SpoolWriteError, and then they are not noted. */
  skip(skips: readonly Skip[]): Promise<void>;
  /** Writes what was noted. Never rejects: acknowledgements are hints. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the journal at `path`, keeping a copy in `quarantine` when slots of it are damaged. `onDamage` gets their number. */
export async function openJournal(
  path: string,
  quarantine: string,
  disk: Disk,
  onDamage: (slots: number) => void,
): Promise<Journal> {
  const ledger = createLedger();
  const bytes = await readFile(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const damaged = replay(bytes, ledger, path);
  if (damaged > 0) {
    await mkdir(quarantine, { recursive: true });
    await copyFile(path, join(quarantine, `journal-${Date.now()}`));
    onDamage(damaged);
  }

  let file: DiskFile | undefined;
  let size = 0;
  let hints: SequenceSpan[] = [];
  /** Acknowledgements that the disk refused are missing in the file: the next flush writes all of it anew. */
  let behind = false;

  /** The whole ledger in a new file. The old one stays in force until the rename. */
  async function rewrite(): Promise<void> {
    const temporary = `${path}.new`;
    await rm(temporary, { force: true });
    const entries: JournalEntry[] = [
      { kind: 'header', version: JOURNAL_VERSION },
      ...ledger.ackedSpans().map((span) => ({ kind: 'acked', span }) as const),
      ...ledger.skips.map((skip) => ({ kind: 'skipped', skip }) as const),
    ];
    const content = Buffer.concat(entries.map(encodeEntry));
    // What is acknowledged from here on is not among the entries.
    hints = [];
    behind = true;
    const next = await disk.open(temporary, 'new');
    try {
      await next.write(content, 0);
      await next.sync();
      await rename(temporary, path);
    } catch (error) {
      await next.close();
      await rm(temporary, { force: true });
      throw error;
    }
    const old = file;
    file = next;
    size = content.length;
    behind = false;
    await old?.close();
    await disk.syncFolder(dirname(path));
  }

  /** Appends entries. When that fails, none of them is in the file. */
  async function append(entries: readonly JournalEntry[], durable: boolean): Promise<void> {
    if (file === undefined) await rewrite();
    if (file === undefined) throw new Error('BUG: the journal is not open');
    const content = Buffer.concat(entries.map(encodeEntry));
    let written = false;
    try {
      await file.write(content, size);
      written = true;
      if (durable) await file.sync();
    } catch (error) {
      await takeBack(written);
      throw error;
    }
    size += content.length;
  }

  /** Cuts off what a failed append left. After a failed sync nobody knows what the file holds: it is written anew. */
  async function takeBack(syncFailed: boolean): Promise<void> {
    const failed = file;
    const cut = await failed?.truncate(size).then(
      () => true,
      () => false,
    );
    if (cut === true && !syncFailed) return;
    file = undefined;
    await failed?.close().catch(() => undefined);
  }

  const liveBytes = (): number => (1 + ledger.ackedSpans().length + ledger.skips.length) * SLOT_BYTES;

  return {
    ledger,
    ack(span) {
      ledger.ack(span);
      hints.push(span);
    },
    async skip(skips) {
      const news = skips.flatMap((skip) => ledger.unsettled(skip).map((run) => ({ ...skip, ...run })));
      try {
        await append(
          news.map((skip) => ({ kind: 'skipped', skip }) as const),
          true,
        );
      } catch (error) {
        throw new SpoolWriteError(systemCode(error), `Cannot note skipped batches in ${path}: ${String(error)}`, {
          cause: error,
        });
      }
      for (const skip of news) ledger.skip(skip);
    },
    async flush() {
      const spans = hints;
      hints = [];
      try {
        if (behind || (size > REWRITE_BYTES && size > 4 * liveBytes())) await rewrite();
        else if (spans.length > 0)
          await append(
            spans.map((span) => ({ kind: 'acked', span }) as const),
            false,
          );
      } catch {
        // A full disk: should the process end now, the batches are sent once more, and the hub knows them.
        behind = true;
      }
    },
    async close() {
      await file?.close();
      file = undefined;
    },
  };
}

/** Applies the slots to the ledger; returns how many are damaged. Zeros or a part of a slot at the end are a torn write. */
function replay(bytes: Buffer, ledger: Ledger, path: string): number {
  let damaged = 0;
  for (let at = 0; at + SLOT_BYTES <= bytes.length; at += SLOT_BYTES) {
    const slot = bytes.subarray(at, at + SLOT_BYTES);
    const entry = decodeEntry(slot);
    if (entry?.kind === 'acked') ledger.ack(entry.span);
    else if (entry?.kind === 'skipped') ledger.skip(entry.skip);
    else if (entry === undefined && slot.some((byte) => byte !== 0)) damaged++;
    else if (entry?.kind === 'header' && entry.version !== JOURNAL_VERSION)
      throw new Error(
        `Cannot read ${path}: it has version ${entry.version} and this agent knows ${JOURNAL_VERSION}; start the newer agent again, or move the folder away`,
      );
  }
  return damaged;
}
