/** What a folder of segments holds, found by scanning it: done once, when the spool is opened. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type Disk, isUnreadable } from './disk.ts';
import { deriveLosses, type Loss } from './losses.ts';
import type { SpoolMetrics } from './metrics.ts';
import type { Quarantine } from './quarantine.ts';
import { FORMAT_VERSION, type RecordHeader } from './record.ts';
import { type Found, isMessageIntact, type Scan, scanSegment } from './scan.ts';
import { createSegment } from './segment.ts';
import { createSegments, type Segments } from './segments.ts';

export interface Recovered {
  readonly segments: Segments;
  /** Sequences that damage has cost. */
  readonly losses: readonly Loss[];
  /** Number of the newest segment file; 0 when there is none. */
  readonly newestNumber: number;
}

export interface RecoverDeps {
  readonly log: Logger;
  readonly metrics: SpoolMetrics;
  readonly disk: Disk;
  readonly quarantine: Quarantine;
}

const SEGMENT_NAME = /^([0-9a-f]{12})\.segment$/;

export function segmentName(number: number): string {
  return `${number.toString(16).padStart(12, '0')}.segment`;
}

/**
 * Scans the folder. Cuts the torn tail of the newest file, sets aside files without a readable record. What the disk refuses
 * of that is left for the next start. Rejects only when a file belongs to a newer version or to another user.
 */
export async function recoverSegments(folder: string, deps: RecoverDeps): Promise<Recovered> {
  const names = (await readdir(folder)).filter((name) => SEGMENT_NAME.test(name)).sort();
  const segments = createSegments();
  const scans = names.map((name, index) => scanNamed(join(folder, name), index === names.length - 1));
  const found = withoutBrokenRepeats(scans);
  const isRepeated = createRepeats();
  for (const [index, scan] of scans.entries()) {
    const items = found[index] ?? [];
    const damaged = reportDamage(scan, items, deps);
    if (items.every(({ kind }) => kind !== 'record')) {
      await attempt(deps.log, scan.path, () => (damaged ? deps.quarantine.take(scan.path) : deps.disk.remove(scan.path)));
      continue;
    }
    if (scan.end < scan.bytes && !damaged) await attempt(deps.log, scan.path, () => cut(scan, deps.disk));
    const segment = createSegment(scan.path, segments.nextBase, scan.end);
    segment.damaged = damaged;
    for (const item of items) {
      if (item.kind !== 'record') continue;
      const { epoch, sequence } = item.header;
      // Written again after a write that had failed: the later one was accepted.
      if (isRepeated(item.header)) segments.settle({ epoch, first: sequence, last: sequence });
      segment.add(item.header, item.offset);
    }
    segments.add(segment);
  }
  return { segments, losses: deriveLosses(found), newestNumber: numberOf(names.at(-1)) };
}

interface NamedScan extends Scan {
  readonly path: string;
}

/** A file that is not the newest has no business being torn: it says so in what was found. */
function scanNamed(path: string, newest: boolean): NamedScan {
  const scan = readScan(path);
  if (scan.version !== undefined && scan.version !== FORMAT_VERSION)
    throw new Error(
      `Cannot read ${path}: it has version ${scan.version} and this agent knows ${FORMAT_VERSION}; start the newer agent again, or move the folder away`,
    );
  const torn = !newest && (scan.end < scan.bytes || scan.found.length === 0);
  return { ...scan, path, found: torn ? [...scan.found, { kind: 'torn' }] : scan.found };
}

function readScan(path: string): Scan {
  try {
    return scanSegment(path);
  } catch (error) {
    if (isUnreadable(error)) return { version: undefined, found: [{ kind: 'unreadable' }], end: 0, bytes: 0 };
    throw new Error(`Cannot read ${path}: ${String(error)}; let the agent's user read what is in spool.folder`, { cause: error });
  }
}

/** Tells of each record, in the order of the files, whether one of its epoch with this sequence or a later one came before. */
function createRepeats(): (header: RecordHeader) => boolean {
  const newest = new Map<bigint, number>();
  return ({ epoch, sequence }) => {
    const before = newest.get(epoch) ?? 0;
    newest.set(epoch, Math.max(before, sequence));
    return sequence <= before;
  };
}

/** What was found, where a repeated record counts only when its message is intact: the one before it may be. */
function withoutBrokenRepeats(scans: readonly NamedScan[]): Found[][] {
  const isRepeated = createRepeats();
  return scans.map(({ path, found }) =>
    found.map((item) =>
      item.kind === 'record' && isRepeated(item.header) && !isMessageIntact(path, item.offset, item.header)
        ? { kind: 'broken', header: item.header }
        : item,
    ),
  );
}

/** Reports what is wrong with a file; true when it must be kept for people. */
function reportDamage(scan: NamedScan, items: readonly Found[], { log, metrics, quarantine }: RecoverDeps): boolean {
  const cutShort = scan.end < scan.bytes;
  const places = items.filter(({ kind }) => kind === 'unreadable' || kind === 'broken' || (kind === 'torn' && cutShort)).length;
  if (places > 0) {
    metrics.damage.inc({ what: 'segment' });
    log.error(
      { path: scan.path, places, quarantine: quarantine.path },
      'A spool segment is damaged; its other batches are sent and the file is then kept aside',
    );
  } else if (cutShort) {
    metrics.damage.inc({ what: 'torn_tail' });
    log.info({ path: scan.path, bytes: scan.bytes - scan.end }, 'A record was never complete; it is cut off');
  }
  return places > 0;
}

async function cut({ path, end }: NamedScan, disk: Disk): Promise<void> {
  const file = await disk.open(path, 'any');
  try {
    await file.truncate(end);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function attempt(log: Logger, path: string, mend: () => Promise<void>): Promise<void> {
  try {
    await mend();
  } catch (error) {
    log.warn({ err: error, path }, 'Cannot mend a spool segment; it is left for the next start');
  }
}

function numberOf(name: string | undefined): number {
  const digits = SEGMENT_NAME.exec(name ?? '')?.[1];
  return digits === undefined ? 0 : Number.parseInt(digits, 16);
}
