/** A spool in a folder of its own, and a disk that can refuse: for tests. */
import { appendFileSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createDisk, type Disk, type DiskFile } from './disk.ts';
import { type OpenSpool, openSpool, type SpoolConfig } from './folder.ts';
import { createSpoolMetrics, type SpoolMetrics } from './metrics.ts';
import type { SealedBatch, Spool, SpoolItem } from './spool.ts';

export const START_MS = 1_750_000_000_000;

/** A batch whose message can be told from every other one. */
export function batch(sequence: number, bytes = 100, epoch = 7n): SealedBatch {
  const message = Buffer.alloc(bytes, `${epoch}/${sequence} `);
  return {
    epoch,
    sequence,
    contentHash: epoch * 1_000_000n + BigInt(sequence),
    firstPollMs: START_MS + sequence * 1000,
    lastPollMs: START_MS + sequence * 1000 + 900,
    message,
  };
}

export interface FaultyDisk extends Disk {
  /** System code that writes fail with; undefined: none fails. */
  fault: string | undefined;
  /** The operation that the fault strikes; `half` is a write after half of its bytes. */
  at: 'open' | 'write' | 'half' | 'sync' | 'rename' | 'remove' | 'makeFolder' | 'syncFolder';
}

/** The real disk, except that it refuses on demand. */
export function createFaultyDisk(): FaultyDisk {
  const real = createDisk();
  const disk: FaultyDisk = {
    ...real,
    fault: undefined,
    at: 'write',
    open: async (path, which) => {
      refuse('open');
      return faulty(await real.open(path, which));
    },
    async rename(from, to) {
      refuse('rename');
      await real.rename(from, to);
    },
    async remove(path) {
      refuse('remove');
      await real.remove(path);
    },
    async makeFolder(path) {
      if (!existsSync(path)) refuse('makeFolder');
      await real.makeFolder(path);
    },
    async syncFolder(path) {
      refuse('syncFolder');
      await real.syncFolder(path);
    },
  };
  function refuse(operation: FaultyDisk['at']): void {
    if (disk.fault !== undefined && disk.at === operation) throw failing();
  }
  function failing(): Error {
    return Object.assign(new Error(`${disk.fault}: the disk of a test refuses`), { code: disk.fault });
  }
  function faulty(file: DiskFile): DiskFile {
    return {
      ...file,
      async write(bytes, at) {
        refuse('write');
        if (disk.fault !== undefined && disk.at === 'half') {
          await file.write(bytes.subarray(0, bytes.length >> 1), at);
          throw failing();
        }
        await file.write(bytes, at);
      },
      async sync() {
        refuse('sync');
        await file.sync();
      },
    };
  }
  return disk;
}

export interface TestSpools extends AsyncDisposable {
  readonly folder: string;
  readonly disk: FaultyDisk;
  /** Metrics of the spool that was opened last. */
  readonly metrics: SpoolMetrics;
  open(config?: Partial<SpoolConfig>): Promise<OpenSpool>;
  /** Opens a copy of the folder as it is now: what a process that was killed this moment would have left behind. */
  openAfterKill(config?: Partial<SpoolConfig>, tail?: Uint8Array): Promise<OpenSpool>;
  segments(): string[];
  quarantined(): string[];
}

export function createTestSpools(): TestSpools {
  const root = mkdtempSync(join(tmpdir(), 'poplar-spool-'));
  const disk = createFaultyDisk();
  const opened: OpenSpool[] = [];
  let metrics = createSpoolMetrics(new Registry());
  let copies = 0;
  let folder = join(root, 'spool');
  const list = (path: string): string[] => {
    try {
      return readdirSync(path).sort();
    } catch {
      return [];
    }
  };
  const spools: TestSpools = {
    get folder() {
      return folder;
    },
    disk,
    get metrics() {
      return metrics;
    },
    async open(config = {}) {
      metrics = createSpoolMetrics(new Registry());
      const spool = await openSpool(
        { folder, bytesMax: 2 ** 30, ...config },
        { disk, log: pino({ level: 'silent' }), metrics, nowMs: () => START_MS, onNews: () => undefined },
        new AbortController().signal,
      );
      opened.push(spool);
      return spool;
    },
    async openAfterKill(config, tail) {
      const copy = join(root, `killed-${++copies}`);
      cpSync(folder, copy, { recursive: true, filter: (path) => !path.endsWith('/lock') });
      folder = copy;
      const newest = spools.segments().at(-1);
      if (tail !== undefined && newest !== undefined) appendFileSync(join(copy, newest), tail);
      return await spools.open(config);
    },
    segments: () => list(folder).filter((name) => name.endsWith('.segment')),
    quarantined: () => list(join(folder, 'quarantine')),
    async [Symbol.asyncDispose]() {
      for (const spool of opened) await spool[Symbol.asyncDispose]();
      rmSync(root, { recursive: true });
    },
  };
  return spools;
}

/** Everything that waits, oldest first. */
export function waiting(spool: Spool): SpoolItem[] {
  const items: SpoolItem[] = [];
  for (let item = spool.next(0); item !== undefined; item = spool.next(item.position)) items.push(item);
  return items;
}

export function sequences(spool: Spool): number[] {
  return waiting(spool).map(({ sequence }) => sequence);
}

/** Appends batches of 100 bytes. */
export async function fill(spool: Spool, from: number, to: number, epoch = 7n): Promise<void> {
  for (let sequence = from; sequence <= to; sequence++) await spool.append(batch(sequence, 100, epoch));
}
