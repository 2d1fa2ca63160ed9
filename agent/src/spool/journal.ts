/**
 * The spool's journal: acknowledgements (a hint: losing one sends a batch again, which is harmless) and skips (durable
 * before the batches go). Append-only; rewritten through a temporary file when most of it is history.
 */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Disk, type DiskFile, isUnreadable, systemCode } from './disk.ts';
import { decodeEntry, encodeEntry, JOURNAL_VERSION, type JournalEntry, SLOT_BYTES } from './journal-entry.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { Quarantine } from './quarantine.ts';
import { type SequenceSpan, type Skip, SpoolWriteError } from './spool.ts';

/** Rewritten when larger than this and than four times what it must hold. */
const REWRITE_BYTES = 64 * 1024;

export interface Journal {
  readonly ledger: Ledger;
  /**
   * Whether all skips of the ledger would survive a power cut. Those that were read when it was opened may not: the process
   * before may have ended ahead of its sync, or was refused it. A durable flush mends that if the disk takes it.
   */
  readonly skipsDurable: boolean;
  /** Notes acknowledgements in memory at once, on disk with the next flush. */
  ack(span: SequenceSpan): void;
  /** Resolves when the skips would survive a power cut. Rejects with SpoolWriteError, and then they are not noted. */
  skip(skips: readonly Skip[]): Promise<void>;
  /** Writes what was noted; `durable`: so that it would survive a power cut. Never rejects: acknowledgements are hints. */
  flush(durable?: boolean): Promise<void>;
  close(): Promise<void>;
}

export interface JournalDeps {
  readonly disk: Disk;
  /** Gets a copy of a journal with damaged slots before it is written anew. */
  readonly quarantine: Quarantine;
  /** Called with the number of damaged slots. */
  readonly onDamage: (slots: number) => void;
}

/** Opens the journal at `path`. Writes nothing yet: a full disk keeps nobody from reading. */
export async function openJournal(path: string, { disk, quarantine, onDamage }: JournalDeps): Promise<Journal> {
  const ledger = createLedger();
  const bytes = await readJournal(path);
  const damaged = bytes === undefined ? 1 : replay(bytes, ledger, path);
  if (damaged > 0) onDamage(damaged);
  /** A damaged file is kept before it is replaced: now, or when the disk has room. */
  let unkept = damaged > 0;
  async function keepDamaged(): Promise<void> {
    if (!unkept) return;
    await (bytes === undefined ? quarantine.take(path) : quarantine.keep('journal', bytes));
    unkept = false;
  }
  await keepDamaged().catch(() => undefined);

  let file: DiskFile | undefined;
  let size = 0;
  /** Bytes up to here, and the file's name, would survive a power cut. */
  let synced = { bytes: 0, name: false };
  /** What was read may be in the system's cache alone, and after a failed sync another one mends nothing: it is written anew. */
  let unsure = bytes === undefined || bytes.length > 0;
  let hints: SequenceSpan[] = [];
  /** Acknowledgements that the disk refused are missing in the file: the next flush writes all of it anew. */
  let behind = false;

  /** The whole ledger in a new file. The old one stays in force until the rename. */
  async function rewrite(): Promise<void> {
    const temporary = `${path}.new`;
    await disk.remove(temporary);
    await keepDamaged();
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
      await disk.rename(temporary, path);
    } catch (error) {
      await next.close();
      await disk.remove(temporary).catch(() => undefined);
      throw error;
    }
    const old = file;
    file = next;
    size = content.length;
    synced = { bytes: size, name: false };
    behind = false;
    await old?.close();
    await syncName();
  }

  async function syncName(): Promise<void> {
    await disk.syncFolder(dirname(path));
    synced.name = true;
    unsure = false;
  }

  async function sync(): Promise<void> {
    if (file === undefined) {
      if (unsure) await rewrite();
      return;
    }
    if (!synced.name) await syncName();
    if (synced.bytes === size) return;
    await file.sync();
    synced.bytes = size;
  }

  /** Appends entries. When that fails, none of them is in the file. */
  async function append(entries: readonly JournalEntry[], durable: boolean): Promise<void> {
    if (file === undefined) await rewrite();
    if (file === undefined) throw new Error('BUG: the journal is not open');
    const content = Buffer.concat(entries.map(encodeEntry));
    const before = size;
    try {
      await file.write(content, size);
      size += content.length;
      if (durable) await sync();
    } catch (error) {
      const written = size > before;
      size = before;
      await takeBack(written);
      throw error;
    }
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
    get skipsDurable() {
      return !unsure || ledger.skips.length === 0;
    },
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
    async flush(durable = false) {
      const spans = hints;
      hints = [];
      try {
        if (behind || (size > REWRITE_BYTES && size > 4 * liveBytes())) await rewrite();
        else if (spans.length > 0)
          await append(
            spans.map((span) => ({ kind: 'acked', span }) as const),
            durable,
          );
        else if (durable) await sync();
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

/** The file's bytes, none when there is no file; undefined when the disk cannot read them back. */
async function readJournal(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return Buffer.alloc(0);
    if (isUnreadable(error)) return undefined;
    throw new Error(`Cannot read ${path}: ${String(error)}; let the agent's user read what is in spool.folder`, { cause: error });
  }
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
