/**
 * What an agent has sealed, read from its spool as docs/spool-format.md describes it, with none of the agent's code: every batch
 * by name, and the bytes of the newest of them, to be sent again.
 */
import { closeSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Range } from '../verify/range.ts';

/** A record as its header has it. */
export interface SealedRecord {
  readonly epoch: bigint;
  readonly sequence: bigint;
  readonly contentHash: bigint;
  /** Times of its first and last poll, Unix ms. */
  readonly firstPollMs: number;
  readonly lastPollMs: number;
}

export interface SpoolCopy {
  /** Every record that was seen, by its name. */
  readonly sealed: ReadonlyMap<string, SealedRecord>;
  /** The batches at hand, in the order of the spool. */
  messages(): Buffer[];
  /** Takes what has been written since the last time. */
  update(): void;
  /**
   * Flips one bit of one batch in the middle of the newest segment: one whose polls are all within this time, and that is not the
   * segment's last. Returns the record, or undefined when there is none. The agent must not be running.
   */
  damage(polled: Range, key: number): SealedRecord | undefined;
  /** Whether there is one. */
  canDamage(polled: Range): boolean;
}

const HEADER_BYTES = 64;
/** Of the batches at hand. */
const KEPT_BYTES_MAX = 32 * 2 ** 20;

interface Located extends SealedRecord {
  readonly path: string;
  readonly offset: number;
  readonly message: Buffer;
}

export function createSpoolCopy(folder: string): SpoolCopy {
  const sealed = new Map<string, SealedRecord>();
  const read = new Map<string, number>();
  let kept: { readonly name: string; readonly message: Buffer }[] = [];
  let keptBytes = 0;

  function keep({ path: _path, offset: _offset, message, ...record }: Located): void {
    const name = nameOf(record);
    if (sealed.has(name)) return;
    sealed.set(name, record);
    kept.push({ name, message });
    keptBytes += message.length;
    while (keptBytes > KEPT_BYTES_MAX) keptBytes -= kept.shift()?.message.length ?? 0;
  }

  /** The batches of the newest segment that may be damaged. */
  function candidatesOf({ fromMs, toMs }: Range): Located[] {
    const path = segmentsOf(folder).at(-1);
    if (path === undefined) return [];
    return recordsOf(path, HEADER_BYTES)
      .slice(0, -1)
      .filter(({ firstPollMs, lastPollMs }) => firstPollMs > fromMs && lastPollMs < toMs);
  }

  return {
    sealed,
    messages: () => kept.map(({ message }) => message),
    update() {
      for (const path of segmentsOf(folder)) {
        const records = recordsOf(path, read.get(path) ?? HEADER_BYTES);
        for (const record of records) keep(record);
        const last = records.at(-1);
        if (last !== undefined) read.set(path, last.offset + HEADER_BYTES + last.message.length);
      }
    },
    damage(polled, key) {
      const candidates = candidatesOf(polled);
      const chosen = candidates[key % candidates.length];
      if (chosen === undefined) return undefined;
      flipBit(chosen.path, chosen.offset + HEADER_BYTES + (key % chosen.message.length), key % 8);
      const name = nameOf(chosen);
      // Sent again, it would be stored after all.
      kept = kept.filter((one) => one.name !== name);
      return sealed.get(name);
    },
    canDamage: (polled) => candidatesOf(polled).length > 0,
  };
}

export function nameOf({ epoch, sequence }: Pick<SealedRecord, 'epoch' | 'sequence'>): string {
  return `${epoch}/${sequence}`;
}

function segmentsOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.segment'))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    // The agent has not made it yet.
    return [];
  }
}

/** The intact records from an offset on, to the first header that is not, or not yet. A segment that goes meanwhile has none. */
function recordsOf(path: string, from: number): Located[] {
  const records: Located[] = [];
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return records;
  }
  try {
    for (let offset = from; ; ) {
      const header = readAt(file, offset, HEADER_BYTES);
      if (header.length < HEADER_BYTES || header.toString('latin1', 0, 4) !== 'PRec') return records;
      if (crc32(header.subarray(0, 60)) !== header.readUInt32LE(60)) return records;
      const message = readAt(file, offset + HEADER_BYTES, header.readUInt32LE(4));
      if (message.length < header.readUInt32LE(4)) return records;
      const at = offset;
      offset += HEADER_BYTES + message.length;
      // One that was damaged before.
      if (crc32(message) !== header.readUInt32LE(56)) continue;
      records.push({
        path,
        offset: at,
        message,
        epoch: header.readBigUInt64LE(8),
        sequence: header.readBigUInt64LE(16),
        contentHash: header.readBigUInt64LE(24),
        firstPollMs: Number(header.readBigUInt64LE(32)),
        lastPollMs: Number(header.readBigUInt64LE(40)),
      });
    }
  } finally {
    closeSync(file);
  }
}

function flipBit(path: string, at: number, bit: number): void {
  const file = openSync(path, 'r+');
  try {
    const byte = readAt(file, at, 1);
    byte.writeUInt8(byte.readUInt8() ^ (1 << bit));
    writeSync(file, byte, 0, 1, at);
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, at));
}
