/**
 * The spool on disk: a folder of append-only segments.
 *
 *   spool/
 *     lock                    the agent that uses the folder (lock.ts)
 *     journal                 acknowledgements and skips (journal-entry.ts)
 *     000000000001.segment    records, oldest first (record.ts)
 *     000000000002.segment    the newest one is being written
 *     quarantine/             what could not be read or sent: kept for people, never read again
 *
 * Invariants
 *  - A batch is accepted when its record is synced; only then does its sequence exist.
 *  - A record is never changed. A segment goes when none of its records waits: acknowledged, or in a durable skip.
 *  - The folder is the truth and memory its index: opening rebuilds everything by a scan. Losing the journal sends
 *    batches again; it never loses one.
 *  - What became of a segment's batches is on disk before the segment goes, if the disk takes it.
 *  - A torn tail (a record the process was writing when it ended) is cut off. Other damage costs its own records, which
 *    are declared as skipped; the file moves to quarantine/ once its good records are done.
 *  - Segments together stay within bytes_max: the oldest are given up, declared as skipped.
 *  - A full disk refuses new batches and keeps the old ones. Removing works without writing.
 */
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Disk, systemCode } from './disk.ts';
import { type Journal, openJournal } from './journal.ts';
import { type FolderLock, lockFolder, SpoolLockedError } from './lock.ts';
import type { SpoolMetrics } from './metrics.ts';
import { createQuarantine, type Quarantine } from './quarantine.ts';
import { createRecordReader, type RecordReader } from './reader.ts';
import { encodeRecord, HEADER_BYTES } from './record.ts';
import { type Recovered, recoverSegments } from './recover.ts';
import type { Segment } from './segment.ts';
import { createSegmentWriter } from './segment-writer.ts';
import { createSerial } from './serial.ts';
import {
  type LossReason,
  type SealedBatch,
  type SequenceSpan,
  type Skip,
  type Spool,
  type SpoolItem,
  SpoolWriteError,
} from './spool.ts';

export interface SpoolConfig {
  readonly folder: string;
  /** Size of all segments together at which the oldest is given up. */
  readonly bytesMax: number;
  /** Size at which a new segment is begun. */
  readonly segmentBytesMax?: number;
}

export interface SpoolDeps {
  readonly disk: Disk;
  readonly log: Logger;
  readonly metrics: SpoolMetrics;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /** Called when there is something new to send. */
  readonly onNews: () => void;
}

export interface OpenSpool extends Spool, AsyncDisposable {}

const SEGMENT_BYTES = 8 * 2 ** 20;
/** A full spool gives up a segment at once: at most this part of it. */
const SEGMENTS_MIN = 16;

/** Opens the folder, or makes it. Rejects with SpoolLockedError when another agent has it, or with the system's error. */
export async function openSpool(config: SpoolConfig, deps: SpoolDeps, signal: AbortSignal): Promise<OpenSpool> {
  await makeFolder(config.folder, deps.disk);
  await using stack = new AsyncDisposableStack();
  const lock = stack.use(await lockFolder(config.folder, signal));
  const reader = createRecordReader();
  stack.defer(() => reader.close());
  const quarantine = createQuarantine(join(config.folder, 'quarantine'), deps.disk, deps.nowMs);
  const journal = await openJournal(join(config.folder, 'journal'), {
    disk: deps.disk,
    quarantine,
    onDamage(slots) {
      deps.metrics.damage.inc({ what: 'journal' }, slots);
      deps.log.error({ slots, quarantine: quarantine.path }, 'The spool journal is damaged; what could be read is in force');
    },
  });
  stack.defer(() => journal.close());
  const recovered = await recoverSegments(config.folder, { ...deps, quarantine });
  const folder = createFolder(config, deps, { journal, lock, reader, quarantine, recovered });
  stack.defer(() => folder.close());
  await folder.settleRecovered();
  const resources = stack.move();
  return { ...folder.spool, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

async function makeFolder(folder: string, disk: Disk): Promise<void> {
  try {
    await disk.makeFolder(folder);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot use the spool ${folder}: ${reason}; set spool.folder to a folder that the agent may write`, {
      cause: error,
    });
  }
}

interface FolderParts {
  readonly journal: Journal;
  readonly lock: FolderLock;
  readonly reader: RecordReader;
  readonly quarantine: Quarantine;
  readonly recovered: Recovered;
}

interface Folder {
  readonly spool: Spool;
  /** Brings what was found on disk in line with the journal. */
  settleRecovered(): Promise<void>;
  close(): Promise<void>;
}

function createFolder(config: SpoolConfig, deps: SpoolDeps, parts: FolderParts): Folder {
  const { journal, lock, reader, quarantine, recovered } = parts;
  const { log, metrics, disk } = deps;
  const { ledger } = journal;
  const { segments } = recovered;
  const segmentBytesMax = config.segmentBytesMax ?? Math.min(SEGMENT_BYTES, Math.floor(config.bytesMax / SEGMENTS_MIN));
  /** Everything that changes files happens in here, one after another. */
  const serial = createSerial();
  const writer = createSegmentWriter(
    { folder: config.folder, newestNumber: recovered.newestNumber },
    { disk, segments, nowMs: deps.nowMs },
  );
  let tidying = false;
  /** Files that are done and that the disk did not let go of. */
  const leftovers = new Set<Segment>();
  let undeclared: readonly Skip[] = recovered.losses.map((loss) => ({ ...loss, reason: 'corrupt' }));

  function takenOver(): SpoolLockedError {
    return new SpoolLockedError(
      `Cannot go on with the spool ${config.folder}: another agent has taken it over; see that only one is started on it`,
    );
  }

  function observe(): void {
    metrics.bytes.set(segments.bytes);
    metrics.segments.set(segments.all.length);
    metrics.batches.set(segments.waiting);
  }

  /** Marks sequences as done and has finished files removed. */
  function settle(span: SequenceSpan): number {
    const settled = segments.settle(span);
    if (!tidying) {
      tidying = true;
      void serial(tidy);
    }
    return settled;
  }

  /** Declares what damage had cost when the folder was opened, unless the disk is too full for that: then later. */
  async function declareLosses(): Promise<void> {
    const news = undeclared.flatMap((loss) => ledger.unsettled(loss));
    try {
      if (news.length > 0) await journal.skip(undeclared);
    } catch (error) {
      if (!(error instanceof SpoolWriteError)) throw error;
      return;
    }
    undeclared = [];
    if (news.length === 0) return;
    metrics.skipped.inc(
      { reason: 'corrupt' },
      news.reduce((sum, { first, last }) => sum + last - first + 1, 0),
    );
    deps.onNews();
  }

  async function tidy(): Promise<void> {
    tidying = false;
    if (!(await lock.isHeld())) return;
    const finished = segments.all.filter(({ waiting }) => waiting === 0);
    // A segment that goes leaves a hole in the sequences: what became of them is on disk first.
    await journal.flush(finished.some((segment) => segment !== writer.segment));
    if (undeclared.length > 0) await declareLosses();
    // A skip that a power cut would undo leaves its batches to be offered again: they stay until then.
    if (!journal.skipsDurable) return observe();
    for (const segment of [...leftovers, ...finished]) {
      // A damaged file is all that tells of a loss until that is declared.
      if (segment.damaged && undeclared.length > 0) continue;
      if (segment !== writer.segment) await removeSegment(segment);
    }
    observe();
  }

  async function removeSegment(segment: Segment): Promise<void> {
    segments.remove(segment);
    try {
      await reader.forget(segment.path);
      await (segment.damaged ? quarantine.take(segment.path) : disk.remove(segment.path));
      leftovers.delete(segment);
    } catch (error) {
      if (!leftovers.has(segment)) log.warn({ err: error, path: segment.path }, 'Cannot remove a spool segment that is done');
      leftovers.add(segment);
    }
  }

  /** Lets the segment being written take no more records. */
  async function finishSegment(): Promise<void> {
    const finished = await writer.finish();
    if (finished?.waiting === 0) await removeSegment(finished);
  }

  /** Makes what room can be made without giving up a batch. */
  async function removeFinished(): Promise<void> {
    await tidy();
    if (writer.segment?.waiting === 0) await finishSegment();
  }

  /** Declares what still waits in the oldest segment as lost to the size limit, then removes it. */
  async function evictOldest(): Promise<void> {
    const [oldest] = segments.all;
    if (oldest === undefined) throw new Error('BUG: there is no segment to give up');
    if (oldest === writer.segment) {
      await finishSegment();
      // Acknowledged meanwhile: it went without a loss.
      if (!segments.all.includes(oldest)) return;
    }
    const skips = await skipsOf(oldest);
    await journal.skip(skips);
    const batches = skips.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    metrics.skipped.inc({ reason: 'spool_full' }, batches);
    log.warn(
      { batches, from: skips[0]?.firstPollMs, to: skips.at(-1)?.lastPollMs, bytes_max: config.bytesMax },
      'The spool is full (spool.bytes_max): gave up the oldest batches',
    );
    for (const skip of skips) segments.settle(skip);
    await removeSegment(oldest);
    deps.onNews();
  }

  /** The waiting records of a segment as runs, with the times of their polls. */
  async function skipsOf(segment: Segment): Promise<Skip[]> {
    const skips: Skip[] = [];
    for (let index = segment.nextWaiting(0); index < segment.records; index = segment.nextWaiting(index + 1)) {
      const record = segment.waitingAt(index);
      if (record === undefined) continue;
      const header = await reader.readHeader(segment.path, record.offset).catch(() => undefined);
      const { firstPollMs, lastPollMs } = header ?? { firstPollMs: 0, lastPollMs: 0 };
      const run = skips.at(-1);
      const one: Skip = {
        epoch: record.epoch,
        first: record.sequence,
        last: record.sequence,
        reason: 'spool_full',
        firstPollMs,
        lastPollMs,
      };
      if (run !== undefined && run.epoch === record.epoch && run.last + 1 === record.sequence)
        skips[skips.length - 1] = { ...run, last: record.sequence, lastPollMs: Math.max(run.lastPollMs, lastPollMs) };
      else skips.push(one);
    }
    return skips;
  }

  /** Writes the record behind the others, in a new segment if need be. */
  async function write(record: Buffer): Promise<void> {
    if (!(await lock.isHeld())) throw takenOver();
    if (writer.segment !== undefined && writer.segment.bytes + record.length > segmentBytesMax) await finishSegment();
    if (record.length + HEADER_BYTES > config.bytesMax)
      throw new SpoolWriteError('EFBIG', `Cannot spool a batch of ${record.length} bytes: spool.bytes_max is ${config.bytesMax}`);
    const isFull = (): boolean =>
      segments.bytes + record.length + (writer.segment === undefined ? HEADER_BYTES : 0) > config.bytesMax;
    if (isFull()) await removeFinished();
    while (isFull()) await evictOldest();
    await writer.write(record);
  }

  /** Gives up one batch that cannot be read or sent. */
  async function giveUp(item: SpoolItem, reason: LossReason): Promise<void> {
    const located = segments.at(item.position);
    if (located === undefined) return;
    const { segment, record } = located;
    const found = await reader.read(segment.path, record.offset, record.messageBytes).catch(() => undefined);
    const header = found?.header ?? (await reader.readHeader(segment.path, record.offset).catch(() => undefined));
    const { firstPollMs, lastPollMs } = header ?? { firstPollMs: 0, lastPollMs: 0 };
    // Kept before it is declared: afterwards nothing holds its segment.
    if (found === undefined) segment.damaged = true;
    else await keepMessage(item, found.message);
    await journal.skip([{ epoch: item.epoch, first: item.sequence, last: item.sequence, reason, firstPollMs, lastPollMs }]);
    metrics.skipped.inc({ reason });
    settle({ epoch: item.epoch, first: item.sequence, last: item.sequence });
    deps.onNews();
  }

  async function keepMessage(item: SpoolItem, message: Buffer): Promise<void> {
    const name = `${item.epoch.toString(16).padStart(16, '0')}-${item.sequence}.batch`;
    try {
      const path = await quarantine.keep(name, message);
      log.error({ path, bytes: message.length }, 'Gives up a batch; its bytes were kept');
    } catch (error) {
      throw new SpoolWriteError(systemCode(error), `Cannot keep ${name} in ${quarantine.path}: ${String(error)}`, {
        cause: error,
      });
    }
  }

  const spool: Spool = {
    append: (batch: SealedBatch) =>
      serial(async () => {
        try {
          await write(encodeRecord(batch));
        } catch (error) {
          const code = error instanceof SpoolWriteError ? error.code : systemCode(error);
          if (error instanceof SpoolLockedError) throw error;
          metrics.writeFailures.inc({ code: code || 'unknown' });
          if (error instanceof SpoolWriteError) throw error;
          const reason = error instanceof Error ? error.message : String(error);
          throw new SpoolWriteError(code, `Cannot write to the spool ${config.folder}: ${reason}`, { cause: error });
        }
        metrics.appended.inc();
        observe();
        deps.onNews();
      }),
    next(position) {
      const next = segments.nextWaiting(position);
      const record = next === undefined ? undefined : segments.at(next)?.record;
      if (next === undefined || record === undefined) return undefined;
      return {
        position: next,
        epoch: record.epoch,
        sequence: record.sequence,
        contentHash: record.contentHash,
        bytes: record.messageBytes,
      };
    },
    async read(item) {
      const located = segments.at(item.position);
      if (located === undefined) return undefined;
      const { segment, record } = located;
      const found = await reader.read(segment.path, record.offset, record.messageBytes).catch((error: unknown) => {
        // Removed while it was read, a bad sector, or a file that is gone; anything else may pass.
        if (segments.at(item.position) === undefined || ['EIO', 'ENOENT'].includes(systemCode(error))) return undefined;
        throw error;
      });
      if (found !== undefined && found.header.epoch === item.epoch && found.header.sequence === item.sequence)
        return found.message;
      if (segments.at(item.position) === undefined) return undefined;
      metrics.damage.inc({ what: 'record' });
      log.error(
        { path: segment.path, offset: record.offset },
        'A batch in the spool is damaged; it is given up and the file kept aside',
      );
      segment.damaged = true;
      await serial(() => giveUp(item, 'corrupt')).catch((error: unknown) => {
        // A full disk takes no declaration: the batch is offered again later, and those behind it must not wait for that.
        if (!(error instanceof SpoolWriteError)) throw error;
      });
      return undefined;
    },
    ack(span) {
      journal.ack(span);
      metrics.acked.inc(settle(span));
    },
    giveUp: (item, reason) => serial(() => giveUp(item, reason)),
    state: () => ({ newest: segments.newest, skips: ledger.skips }),
  };

  return {
    spool,
    async settleRecovered() {
      for (const span of ledger.ackedSpans()) segments.settle(span);
      await declareLosses();
      for (const skip of ledger.skips) segments.settle(skip);
      ledger.keepEpochs(new Set(segments.all.flatMap((segment) => segment.epochs)));
      await serial(tidy);
    },
    async close() {
      await serial(async () => {
        await writer.finish();
        await tidy();
      });
    },
  };
}
