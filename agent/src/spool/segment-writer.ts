/** Writes records into the newest segment, or begins one behind it. */
import { join } from 'node:path';
import type { Disk, DiskFile } from './disk.ts';
import { decodeRecordHeader, encodeSegmentHeader, HEADER_BYTES } from './record.ts';
import { segmentName } from './recover.ts';
import { createSegment, type Segment } from './segment.ts';
import type { Segments } from './segments.ts';

export interface SegmentWriter {
  /** The segment that takes the next record; undefined when a new one has to be begun. */
  readonly segment: Segment | undefined;
  /** Resolves when the record would survive a power cut. Rejects with the system's error; the segments are then as they were. */
  write(record: Buffer): Promise<void>;
  /** Lets the segment take no more records, and returns it. */
  finish(): Promise<Segment | undefined>;
}

export interface SegmentWriterConfig {
  readonly folder: string;
  /** Number of the newest file there is. */
  readonly newestNumber: number;
}

export interface SegmentWriterDeps {
  readonly disk: Disk;
  readonly segments: Segments;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

export function createSegmentWriter(config: SegmentWriterConfig, { disk, segments, nowMs }: SegmentWriterDeps): SegmentWriter {
  let number = config.newestNumber;
  let active: { readonly segment: Segment; readonly file: DiskFile } | undefined;

  async function writeFirst(record: Buffer): Promise<void> {
    number++;
    const path = join(config.folder, segmentName(number));
    const file = await disk.open(path, 'new');
    try {
      const content = Buffer.concat([encodeSegmentHeader(nowMs()), record]);
      await file.write(content, 0);
      await file.sync();
      await disk.syncFolder(config.folder);
      const segment = createSegment(path, segments.nextBase, content.length);
      indexRecord(segment, record, HEADER_BYTES);
      segments.add(segment);
      active = { segment, file };
    } catch (error) {
      await file.close().catch(() => undefined);
      await disk.remove(path).catch(() => undefined);
      throw error;
    }
  }

  async function writeNext({ segment, file }: NonNullable<typeof active>, record: Buffer): Promise<void> {
    try {
      await file.write(record, segment.bytes);
      await file.sync();
    } catch (error) {
      // What was written is unknown, and after a failed sync even what reads back: the segment takes no more records.
      await file.truncate(segment.bytes).catch(() => undefined);
      await finish();
      throw error;
    }
    indexRecord(segment, record, segment.bytes);
    segment.bytes += record.length;
  }

  async function finish(): Promise<Segment | undefined> {
    const finished = active;
    active = undefined;
    await finished?.file.close().catch(() => undefined);
    return finished?.segment;
  }

  return {
    get segment() {
      return active?.segment;
    },
    write: (record) => (active === undefined ? writeFirst(record) : writeNext(active, record)),
    finish,
  };
}

function indexRecord(segment: Segment, record: Buffer, offset: number): void {
  const header = decodeRecordHeader(record);
  if (header === undefined) throw new Error('BUG: a record that was just written has no header');
  segment.add(header, offset);
}
