/** What the spool asks of the file system where it changes something. Reads go to node:fs directly. */
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

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
  /** In one step: a power cut leaves the old name or the new one. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. One that is not there is fine. */
  remove(path: string): Promise<void>;
  /** Makes the folder and those above it; durable when it resolves. */
  makeFolder(path: string): Promise<void>;
  /** Makes creations, renames and removals in the folder durable. */
  syncFolder(path: string): Promise<void>;
}

export function createDisk(): Disk {
  return {
    async open(path, which) {
      return diskFile(which === 'new' ? await open(path, 'wx', 0o600) : await openAny(path));
    },
    rename,
    remove: (path) => rm(path, { force: true }),
    async makeFolder(path) {
      const made = await mkdir(path, { recursive: true, mode: 0o700 });
      if (made === undefined) return;
      let parent = dirname(made);
      await syncFolder(parent);
      for (const name of relative(parent, dirname(path)).split(sep).filter(Boolean)) {
        parent = join(parent, name);
        await syncFolder(parent);
      }
    },
    syncFolder,
  };
}

async function syncFolder(path: string): Promise<void> {
  // Windows has no such call; there, NTFS orders metadata by itself.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
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

/** True for what cannot be read by anybody: a bad sector, or a folder where a file should be. Other causes an operator can mend. */
export function isUnreadable(error: unknown): boolean {
  return ['EIO', 'EISDIR'].includes(systemCode(error));
}
