/**
 * What a power cut may leave of a recorded run: sure is only what was synced. Of everything else, in any combination, content
 * may be missing, cut off at any byte, or zeros where the file had grown already; names may be the old or the new ones.
 */
import { dirname } from 'node:path';
import type { ContentOperation, FolderImage, NameOperation, Operation, RecordingDisk } from './recording-disk.ts';

type Pending = ContentOperation | NameOperation;

/** How much of an operation that was not synced is on the disk: of a write its first bytes, of others all or nothing. */
export interface Share {
  readonly bytes: number;
  /** The file has its full length, with zeros for the bytes that are missing. */
  readonly zeros?: boolean;
}

const ALL: Share = { bytes: Number.POSITIVE_INFINITY };
const NONE: Share = { bytes: 0 };
/** Into the message of a record, and into the second slot of a journal. */
const HALF: Share = { bytes: 70 };

/** The state behind the first operations of a run, at the moment of the cut. */
export interface Cut {
  /** Operations that may or may not have reached the disk. */
  readonly pending: readonly Pending[];
  /** The folder that is left when so much of each pending operation had reached the disk. */
  image(shareOf: (operation: Pending) => Share): FolderImage;
}

export function cutAfter(run: RecordingDisk, count: number): Cut {
  const done = run.operations.slice(0, count);
  const sure = sureOperations(done);
  const pending = done.filter((operation): operation is Pending => isChange(operation) && !sure.has(operation));
  return {
    pending,
    image(shareOf) {
      const names = new Map([...run.base.keys()].map((path, file) => [path, file]));
      const contents = new Map([...run.base.values()].map((content, file) => [file, content]));
      for (const operation of done) {
        if (!isChange(operation)) continue;
        const share = sure.has(operation) ? ALL : shareOf(operation);
        if (isContent(operation)) contents.set(operation.file, changed(contents.get(operation.file), operation, share));
        else if (share.bytes > 0) rename(names, operation);
      }
      return new Map([...names].map(([path, file]) => [path, contents.get(file) ?? Buffer.alloc(0)]));
    },
  };
}

function isContent(operation: Operation): operation is ContentOperation {
  return operation.kind === 'write' || operation.kind === 'truncate';
}

function isChange(operation: Operation): operation is Pending {
  return isContent(operation) || operation.kind === 'create' || operation.kind === 'rename' || operation.kind === 'remove';
}

/** Content is sure once its file was synced behind it, unless the first sync behind it was refused; a name once each folder that it is in was. */
function sureOperations(done: readonly Operation[]): ReadonlySet<Operation> {
  const sure = new Set<Operation>();
  const syncedFiles = new Set<number>();
  const syncedFolders = new Set<string>();
  for (const operation of done.toReversed()) {
    if (operation.kind === 'sync') syncedFiles.add(operation.file);
    else if (operation.kind === 'refusedSync') syncedFiles.delete(operation.file);
    else if (operation.kind === 'syncFolder') syncedFolders.add(operation.path);
    else if (isContent(operation) && syncedFiles.has(operation.file)) sure.add(operation);
    else if (isChange(operation) && !isContent(operation) && foldersOf(operation).every((path) => syncedFolders.has(path)))
      sure.add(operation);
  }
  return sure;
}

function foldersOf(operation: NameOperation): string[] {
  const folders = operation.kind === 'rename' ? [operation.from, operation.path] : [operation.path];
  return folders.map((path) => dirname(path)).map((path) => (path === '.' ? '' : path));
}

function rename(names: Map<string, number>, operation: NameOperation): void {
  if (operation.kind === 'create') names.set(operation.path, operation.file);
  else if (operation.kind === 'remove') names.delete(operation.path);
  else {
    // An entry of a folder leads to a file, not to a name: the new name is that file's, whatever became of the old one.
    if (names.get(operation.from) === operation.file) names.delete(operation.from);
    names.set(operation.path, operation.file);
  }
}

function changed(before: Buffer = Buffer.alloc(0), operation: ContentOperation, share: Share): Buffer {
  if (operation.kind === 'truncate') return share.bytes > 0 ? before.subarray(0, operation.bytes) : before;
  const written = operation.bytes.subarray(0, share.bytes);
  if (written.length === 0 && share.zeros !== true) return before;
  const end = operation.at + (share.zeros === true ? operation.bytes.length : written.length);
  const after = Buffer.alloc(Math.max(before.length, end));
  before.copy(after);
  if (share.zeros === true) after.fill(0, operation.at, end);
  written.copy(after, operation.at);
  return after;
}

/** What may be left, systematically: everything, nothing, each operation alone or missing, each write cut off at each byte. */
export function* systematicImages(cut: Cut): Generator<FolderImage> {
  yield cut.image(() => ALL);
  yield cut.image(() => NONE);
  for (const operation of cut.pending) {
    for (const share of sharesOf(operation)) yield cut.image((other) => (other === operation ? share : ALL));
    for (const share of [ALL, HALF]) yield cut.image((other) => (other === operation ? share : NONE));
  }
}

/** Every length of a write; with zeros for what is missing, every eighth. */
function sharesOf(operation: Pending): Share[] {
  if (operation.kind !== 'write') return [NONE];
  return Array.from({ length: operation.bytes.length }, (_, bytes) => bytes).flatMap((bytes) =>
    bytes % 8 === 0 ? [{ bytes }, { bytes, zeros: true }] : [{ bytes }],
  );
}

/** What may be left, by chance: each pending operation has a share of its own. `random` is uniform in [0, 1). */
export function randomImage(cut: Cut, random: () => number): FolderImage {
  return cut.image((operation) => {
    const luck = random();
    if (luck < 0.35) return ALL;
    if (luck < 0.7 || operation.kind !== 'write') return NONE;
    return { bytes: Math.floor(random() * operation.bytes.length), zeros: random() < 0.5 };
  });
}
