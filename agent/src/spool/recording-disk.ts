/** A disk that remembers every operation, and can fail any of them: for tests of what a power cut may leave. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { createDisk, type Disk, type DiskFile } from './disk.ts';

/** A change of a file's content. Files are numbered: a number stays when the name changes. */
export type ContentOperation =
  | { readonly kind: 'write'; readonly file: number; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: number; readonly bytes: number };

/** A change of names in folders. Paths are relative to the root. */
export type NameOperation =
  | { readonly kind: 'create'; readonly file: number; readonly path: string }
  | { readonly kind: 'rename'; readonly file: number; readonly from: string; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string };

export type Operation =
  | ContentOperation
  | NameOperation
  | { readonly kind: 'sync'; readonly file: number }
  /** What was not synced before it may never be: the system takes the bytes for written, and a later sync tells of later ones alone. */
  | { readonly kind: 'refusedSync'; readonly file: number }
  | { readonly kind: 'makeFolder'; readonly path: string }
  | { readonly kind: 'syncFolder'; readonly path: string };

/** Files by path relative to the root, with their content. */
export type FolderImage = ReadonlyMap<string, Buffer>;

export interface RecordingDisk extends Disk {
  readonly root: string;
  /** What was there when the recording began; the file numbers are those of the order. */
  readonly base: FolderImage;
  readonly operations: readonly Operation[];
  /** Paths of the files by number, under the name they were first seen with. */
  readonly firstPaths: readonly string[];
  /** Which operations fail from now on, and whether after half of a write. The system code is ENOSPC. */
  fault: ((kind: Operation['kind']) => 'at once' | 'half' | undefined) | undefined;
}

/** Reads the files of a folder tree. Links (locks) are no content. */
export function readImage(root: string): Map<string, Buffer> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(root, path), readFileSync(path)];
    }),
  );
}

export function writeImage(root: string, image: FolderImage): void {
  mkdirSync(root, { recursive: true });
  for (const [path, content] of image) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** The real disk without its slow syncs: nothing is cut off here but in the imagination. */
export function createUnsyncedDisk(): Disk {
  const real = createDisk();
  return {
    ...real,
    open: async (path, which) => ({ ...(await real.open(path, which)), sync: async () => undefined }),
    syncFolder: async () => undefined,
    makeFolder: async (path) => void (await mkdir(path, { recursive: true })),
  };
}

/** Records what happens below `root` from now on. */
export function createRecordingDisk(root: string): RecordingDisk {
  const real = createUnsyncedDisk();
  const base = readImage(root);
  const firstPaths = [...base.keys()];
  const numbers = new Map(firstPaths.map((path, index) => [path, index]));
  const operations: Operation[] = [];

  /** Does the operation, or half of it, unless it is to fail. One that fails at once did not happen. */
  async function perform(operation: Operation, done: () => Promise<void>, half?: () => Promise<void>): Promise<void> {
    const failing = disk.fault?.(operation.kind);
    if (failing !== undefined) {
      if (failing === 'half') await half?.();
      throw Object.assign(new Error('ENOSPC: the disk of a test refuses'), { code: 'ENOSPC' });
    }
    await done();
    operations.push(operation);
  }

  function record(path: string, file: DiskFile): DiskFile {
    const number = numbers.get(path);
    if (number === undefined) throw new Error(`BUG: ${path} has no number`);
    const write = async (bytes: Uint8Array, at: number): Promise<void> => {
      await file.write(bytes, at);
      operations.push({ kind: 'write', file: number, at, bytes: Buffer.from(bytes) });
    };
    return {
      close: () => file.close(),
      async write(bytes, at) {
        const operation = { kind: 'write', file: number, at, bytes: Buffer.from(bytes) } as const;
        const half = (): Promise<void> => write(bytes.subarray(0, bytes.length >> 1), at);
        await perform(operation, () => file.write(bytes, at), half);
      },
      truncate: (bytes) => perform({ kind: 'truncate', file: number, bytes }, () => file.truncate(bytes)),
      async sync() {
        try {
          await perform({ kind: 'sync', file: number }, async () => undefined);
        } catch (error) {
          operations.push({ kind: 'refusedSync', file: number });
          throw error;
        }
      },
    };
  }

  const disk: RecordingDisk = {
    root,
    base,
    operations,
    firstPaths,
    fault: undefined,
    async open(absolute, which) {
      const path = relative(root, absolute);
      const opened = numbers.has(path) && which === 'any' ? await real.open(absolute, which) : await create(absolute, path);
      return record(path, opened);
    },
    async rename(from, to) {
      const [old, path] = [relative(root, from), relative(root, to)];
      const file = numbers.get(old);
      if (file === undefined) throw new Error(`BUG: ${old} has no number`);
      await perform({ kind: 'rename', file, from: old, path }, () => real.rename(from, to));
      numbers.delete(old);
      numbers.set(path, file);
    },
    async remove(absolute) {
      const path = relative(root, absolute);
      if (!numbers.has(path)) return;
      await perform({ kind: 'remove', path }, () => real.remove(absolute));
      numbers.delete(path);
    },
    async makeFolder(path) {
      if (!existsSync(path)) await perform({ kind: 'makeFolder', path: relative(root, path) }, () => real.makeFolder(path));
    },
    syncFolder: (path) => perform({ kind: 'syncFolder', path: relative(root, path) }, async () => undefined),
  };

  async function create(absolute: string, path: string): Promise<DiskFile> {
    const file = firstPaths.length;
    let opened: DiskFile | undefined;
    await perform({ kind: 'create', file, path }, async () => {
      opened = await real.open(absolute, 'new');
    });
    if (opened === undefined) throw new Error(`BUG: ${path} was not opened`);
    firstPaths.push(path);
    numbers.set(path, file);
    return opened;
  }

  return disk;
}
