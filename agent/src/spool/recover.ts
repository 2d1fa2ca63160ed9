/** What a folder of segments holds, found by scanning it: done once, when the spool is opened. */
import { mkdir, readdir, rename, rm, truncate } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Logger } from 'pino';
import { deriveLosses, type Loss } from './losses.ts';
import type { SpoolMetrics } from './metrics.ts';
import { FORMAT_VERSION } from './record.ts';
import { type Scan, scanSegment } from './scan.ts';
import { createSegment } from './segment.ts';
import { createSegments, type Segments } from './segments.ts';

export interface Recovered {
  readonly segments: Segments;
  /** Sequences that damage has cost. */
  readonly losses: readonly Loss[];
  /** Number of the newest segment file; 0 when there is none. */
  readonly newestNumber: number;
}

export interface RecoverDeps {
  readonly log: Logger;
  readonly metrics: SpoolMetrics;
}

const SEGMENT_NAME = /^([0-9a-f]{12})\.segment$/;

export function segmentName(number: number): string {
  return `${number.toString(16).padStart(12, '0')}.segment`;
}

/** Moves a file out of the spool's way, keeping it for people. */
export async function setAside(path: string, quarantine: string): Promise<void> {
  await mkdir(quarantine, { recursive: true, mode: 0o700 });
  await rename(path, join(quarantine, `${basename(path)}.${Date.now()}`));
}

/** Scans the folder. Cuts torn tails, removes files without a record, sets aside files without a readable one. */
export async function recoverSegments(folder: string, quarantine: string, { log, metrics }: RecoverDeps): Promise<Recovered> {
  const names = (await readdir(folder)).filter((name) => SEGMENT_NAME.test(name)).sort();
  const segments = createSegments();
  const scans: Scan[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const scan = scanSegment(path);
    if (scan.version !== undefined && scan.version !== FORMAT_VERSION)
      throw new Error(
        `Cannot read ${path}: it has version ${scan.version} and this agent knows ${FORMAT_VERSION}; start the newer agent again, or move the folder away`,
      );
    scans.push(scan);
    if (scan.end < scan.bytes) {
      metrics.damage.inc({ what: 'torn_tail' });
      log.info({ path, bytes: scan.bytes - scan.end }, 'Cut off a record that was never complete');
      await truncate(path, scan.end);
    }
    const damage = scan.found.filter(({ kind }) => kind !== 'record').length;
    if (damage > 0) {
      metrics.damage.inc({ what: 'segment' });
      log.error(
        { path, places: damage, quarantine },
        'A spool segment is damaged; its other batches are sent and the file is then kept aside',
      );
    }
    if (scan.found.every(({ kind }) => kind !== 'record')) {
      if (damage > 0) await setAside(path, quarantine);
      else await rm(path);
      continue;
    }
    const segment = createSegment(path, segments.nextBase, scan.end);
    segment.damaged = damage > 0;
    for (const item of scan.found) if (item.kind === 'record') segment.add(item.header, item.offset);
    segments.add(segment);
  }
  return { segments, losses: deriveLosses(scans.map(({ found }) => found)), newestNumber: numberOf(names.at(-1)) };
}

function numberOf(name: string | undefined): number {
  const digits = SEGMENT_NAME.exec(name ?? '')?.[1];
  return digits === undefined ? 0 : Number.parseInt(digits, 16);
}
