/** What the spool asks of the file system where it writes. Reads go to node:fs directly. */
import { type FileHandle, open } from 'node:fs/promises';

/** A file under the spool's control. Rejects with the system's error; its `code` tells. */
export interface DiskFile {
  /** Writes all bytes at the offset. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Resolves when what was written would survive a power cut. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  /** `new` fails when the file exists, `any` takes it as it is. */
  open(path: string, which: 'new' | 'any'): Promise<DiskFile>;
  /** Makes creations, renames and removals in the folder durable. */
  syncFolder(path: string): Promise<void>;
}

export function createDisk(): Disk {
  return {
    async open(path, which) {
      return diskFile(which === 'new' ? await open(path, 'wx', 0o600) : await openAny(path));
    },
    async syncFolder(path) {
      // Windows has no such call; there, NTFS orders metadata by itself.
      if (process.platform === 'win32') return;
      const folder = await open(path, 'r');
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    },
  };
}

async function openAny(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return await open(path, 'wx', 0o600);
  }
}

function diskFile(handle: FileHandle): DiskFile {
  return {
    async write(bytes, at) {
      let written = 0;
      while (written < bytes.length)
        written += (await handle.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
    },
    sync: () => handle.datasync(),
    truncate: (bytes) => handle.truncate(bytes),
    close: () => handle.close(),
  };
}

/** The system's code of an error, as ENOSPC; empty when it has none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
