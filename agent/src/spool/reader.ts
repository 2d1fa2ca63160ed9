/** Reads records of segments. Holds a few files open: the lanes of the uplink read two segments at a time. */
import { type FileHandle, open } from 'node:fs/promises';
import { decodeRecordHeader, HEADER_BYTES, messageIntact, type RecordHeader } from './record.ts';

const OPEN_MAX = 3;

export interface RecordReader {
  /** The record's header and message, or undefined when it is damaged. Rejects when the file cannot be read. */
  read(path: string, offset: number, messageBytes: number): Promise<{ header: RecordHeader; message: Buffer } | undefined>;
  /** Only its header. */
  readHeader(path: string, offset: number): Promise<RecordHeader | undefined>;
  /** Lets go of a file that will be removed. Reads in progress finish first. */
  forget(path: string): Promise<void>;
  close(): Promise<void>;
}

export function createRecordReader(): RecordReader {
  /** In the order of use, the latest last. */
  const files = new Map<string, Promise<FileHandle>>();

  async function fileAt(path: string): Promise<FileHandle> {
    const known = files.get(path);
    files.delete(path);
    const file = known ?? open(path, 'r');
    files.set(path, file);
    const eldest = files.keys().next();
    if (files.size > OPEN_MAX && eldest.done === false) await forget(eldest.value);
    try {
      return await file;
    } catch (error) {
      if (files.get(path) === file) files.delete(path);
      throw error;
    }
  }

  async function forget(path: string): Promise<void> {
    const file = files.get(path);
    files.delete(path);
    // The handle's close waits for the reads it has begun.
    await (await file?.catch(() => undefined))?.close();
  }

  async function readBytes(path: string, offset: number, length: number): Promise<Buffer> {
    const file = await fileAt(path);
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  return {
    async read(path, offset, messageBytes) {
      const bytes = await readBytes(path, offset, HEADER_BYTES + messageBytes);
      const header = decodeRecordHeader(bytes);
      const message = bytes.subarray(HEADER_BYTES);
      return header !== undefined && messageIntact(header, message) ? { header, message } : undefined;
    },
    readHeader: async (path, offset) => decodeRecordHeader(await readBytes(path, offset, HEADER_BYTES)),
    forget,
    async close() {
      for (const path of files.keys()) await forget(path);
    },
  };
}
