/** Finds the records of a segment file, also behind damage. Reads headers, not messages: a full spool is scanned in a fraction of a second. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  decodeRecordHeader,
  decodeSegmentVersion,
  HEADER_BYTES,
  messageIntact,
  RECORD_MAGIC,
  type RecordHeader,
} from './record.ts';

/** A record or damage, in the file's order. */
export type Found =
  | { readonly kind: 'record'; readonly offset: number; readonly header: RecordHeader }
  /** A record whose header is intact and whose message is not. */
  | { readonly kind: 'broken'; readonly header: RecordHeader }
  /** Bytes without an intact header: how many records they were is unknown. */
  | { readonly kind: 'unreadable' }
  /** The file ends in a record that was never complete, as far as the file tells. */
  | { readonly kind: 'torn' };

export interface Scan {
  /** Undefined when the file's own header is damaged or cut. */
  readonly version: number | undefined;
  readonly found: readonly Found[];
  /** Length without the torn tail: a record that was being written when the process ended. */
  readonly end: number;
  readonly bytes: number;
}

const CHUNK_BYTES = 256 * 1024;

/** Scans the file. Throws only what the file system throws. */
export function scanSegment(path: string): Scan {
  const file = openSync(path, 'r');
  try {
    return scanFile(file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}

function scanFile(file: number, bytes: number): Scan {
  const version = decodeSegmentVersion(readAt(file, 0, HEADER_BYTES));
  const found: Found[] = [];
  let offset = HEADER_BYTES;
  let end = HEADER_BYTES;
  if (version === undefined) {
    if (isTorn(file, 0, bytes)) return { version, found, end: 0, bytes };
    // A damaged file header is no reason to lose the records behind it.
    found.push({ kind: 'unreadable' });
    offset = findRecord(file, 0, bytes);
    end = offset;
  }
  while (offset < bytes) {
    const header = decodeRecordHeader(readAt(file, offset, HEADER_BYTES));
    if (header !== undefined) {
      const next = offset + HEADER_BYTES + header.messageBytes;
      if (next > bytes) break;
      const broken = next === bytes && !messageIntact(header, readAt(file, offset + HEADER_BYTES, header.messageBytes));
      found.push(broken ? { kind: 'broken', header } : { kind: 'record', offset, header });
      offset = next;
      end = next;
      continue;
    }
    const next = findRecord(file, offset + 1, bytes);
    if (next === bytes && isTorn(file, offset, bytes)) break;
    found.push({ kind: 'unreadable' });
    offset = next;
    end = next;
  }
  return { version, found, end, bytes };
}

/** Whether the message of a record is as it was written. Throws only what the file system throws. */
export function isMessageIntact(path: string, offset: number, header: RecordHeader): boolean {
  const file = openSync(path, 'r');
  try {
    return messageIntact(header, readAt(file, offset + HEADER_BYTES, header.messageBytes));
  } finally {
    closeSync(file);
  }
}

/** A tail too short for a header, or of zeros (a file that grew before its bytes arrived), never was a record. */
function isTorn(file: number, offset: number, bytes: number): boolean {
  if (bytes - offset < HEADER_BYTES) return true;
  for (let at = offset; at < bytes; at += CHUNK_BYTES) {
    if (readAt(file, at, Math.min(CHUNK_BYTES, bytes - at)).some((byte) => byte !== 0)) return false;
  }
  return true;
}

/** Offset of the first intact record header at or after `from`; `bytes` when there is none. */
function findRecord(file: number, from: number, bytes: number): number {
  for (let at = from; at + HEADER_BYTES <= bytes; at += CHUNK_BYTES) {
    // A header may begin at the chunk's last byte.
    const chunk = readAt(file, at, Math.min(CHUNK_BYTES + HEADER_BYTES - 1, bytes - at));
    for (let hit = chunk.indexOf(RECORD_MAGIC); hit >= 0; hit = chunk.indexOf(RECORD_MAGIC, hit + 1)) {
      if (decodeRecordHeader(chunk, hit) !== undefined) return at + hit;
    }
  }
  return bytes;
}

function readAt(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const got = readSync(file, bytes, read, length - read, at + read);
    if (got === 0) break;
    read += got;
  }
  return bytes.subarray(0, read);
}
