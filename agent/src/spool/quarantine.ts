/** Keeps for people what cannot be read or sent. Nothing in here is ever removed or read again by the agent. */
import { lstat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Disk } from './disk.ts';

export interface Quarantine {
  readonly path: string;
  /** Moves a file out of the spool's way. Rejects with the system's error; the file is then where it was. */
  take(path: string): Promise<void>;
  /** Writes bytes into a file of their own; resolves with its path when they would survive a power cut. */
  keep(name: string, bytes: Uint8Array): Promise<string>;
}

/** A quarantine in the folder, which is made when something comes. */
export function createQuarantine(folder: string, disk: Disk, nowMs: () => number): Quarantine {
  /** A path that nothing has yet. */
  async function freePath(name: string): Promise<string> {
    for (let copy = 0; ; copy++) {
      const path = join(folder, copy === 0 ? name : `${name}-${copy}`);
      const taken = await lstat(path).catch(() => undefined);
      if (taken === undefined) return path;
    }
  }

  return {
    path: folder,
    async take(path) {
      await disk.makeFolder(folder);
      await disk.rename(path, await freePath(`${basename(path)}.${Math.trunc(nowMs())}`));
      await disk.syncFolder(folder);
      await disk.syncFolder(dirname(path));
    },
    async keep(name, bytes) {
      await disk.makeFolder(folder);
      const path = await freePath(name);
      const file = await disk.open(path, 'new');
      try {
        await file.write(bytes, 0);
        await file.sync();
        await disk.syncFolder(folder);
      } catch (error) {
        await disk.remove(path).catch(() => undefined);
        throw error;
      } finally {
        await file.close();
      }
      return path;
    },
  };
}
