/**
 * The spool against a model: whatever is appended, acknowledged, killed and torn, every accepted batch is either offered
 * with its bytes, acknowledged, or declared as skipped.
 */
import { readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batch, createTestSpools, type FaultyDisk, type TestSpools, waiting } from './fixture.ts';
import type { OpenSpool, SpoolConfig } from './folder.ts';
import { SpoolLockedError } from './lock.ts';
import { encodeRecord, HEADER_BYTES } from './record.ts';
import { scanSegment } from './scan.ts';
import { SpoolWriteError } from './spool.ts';

type Step =
  | { readonly kind: 'append'; readonly bytes: number }
  | { readonly kind: 'refused'; readonly bytes: number; readonly at: FaultyDisk['at'] }
  | { readonly kind: 'ack'; readonly from: number; readonly length: number; readonly epochsBack: number }
  | { readonly kind: 'damage'; readonly where: number }
  | { readonly kind: 'takenOver' }
  | { readonly kind: 'giveUp'; readonly index: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'kill'; readonly tornBytes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('append' as const), bytes: fc.integer({ min: 1, max: 300 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('refused' as const),
      bytes: fc.integer({ min: 1, max: 300 }),
      at: fc.constantFrom('open', 'write', 'half', 'sync', 'rename', 'remove', 'makeFolder', 'syncFolder'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('ack' as const),
      from: fc.integer({ min: 0, max: 40 }),
      length: fc.integer({ min: 0, max: 8 }),
      epochsBack: fc.nat(2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('damage' as const), where: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'takenOver' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('giveUp' as const), index: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('kill' as const), tornBytes: fc.nat(200) }) },
);

const BYTES_MAX = 1800;
const CONFIG: Partial<SpoolConfig> = { bytesMax: BYTES_MAX, segmentBytesMax: 500 };

/** What should be true of the spool, kept in plain sets of "epoch/sequence". */
interface Model {
  epoch: bigint;
  sequence: number;
  readonly accepted: Map<string, Buffer>;
  readonly acked: Set<string>;
  /** Batches whose records were damaged: they may be lost, and are declared then. */
  readonly damaged: Set<string>;
  /** Batches that were declared once: a kill may bring back what was answered meanwhile. */
  readonly declared: Set<string>;
}

const key = (epoch: bigint, sequence: number): string => `${epoch}/${sequence}`;

function skippedBy(spool: OpenSpool): ReadonlySet<string> {
  const skipped = new Set<string>();
  for (const { epoch, first, last } of spool.state().skips)
    for (let sequence = first; sequence <= last; sequence++) skipped.add(key(epoch, sequence));
  return skipped;
}

/** How many batches the step may have made the spool declare, besides damaged ones: evictions for a batch, one given up. */
function skipsMax(step: Step): number {
  if (step.kind === 'append' || step.kind === 'refused') return Number.POSITIVE_INFINITY;
  return step.kind === 'giveUp' ? 1 : 0;
}

/** What is wrong with the spool by the model; empty when nothing is. */
async function faults(spool: OpenSpool, spools: TestSpools, model: Model): Promise<string[]> {
  const found: string[] = [];
  const offered = new Set<string>();
  for (const item of waiting(spool)) {
    const name = key(item.epoch, item.sequence);
    const message = await spool.read(item);
    if (message === undefined && model.damaged.has(name)) continue;
    offered.add(name);
    if (message === undefined || model.accepted.get(name)?.equals(message) !== true) found.push(`${name} has other bytes`);
  }
  const skipped = skippedBy(spool);
  for (const name of model.accepted.keys()) {
    if (!offered.has(name) && !skipped.has(name) && !model.acked.has(name)) found.push(`${name} has disappeared`);
    if (offered.has(name) && skipped.has(name)) found.push(`${name} is offered and skipped`);
  }
  for (const name of skipped) if (!model.accepted.has(name)) found.push(`${name} is skipped and never was`);
  const bytes = (await spools.metrics.bytes.get()).values[0]?.value ?? 0;
  if (bytes > BYTES_MAX) found.push(`${bytes} bytes are over the limit`);
  return found;
}

/** Flips a byte of one message or, between two of its epoch, of one record's header. */
function damageOne(spools: TestSpools, where: number, model: Model): void {
  const victims = spools.segments().flatMap((name) => {
    const path = join(spools.folder, name);
    const records = scanSegment(path).found.filter((found) => found.kind === 'record');
    return records.map(({ offset, header }, index) => {
      const between = [records[index - 1], records[index + 1]].every((other) => other?.header.epoch === header.epoch);
      return { path, header, from: offset + (between ? 0 : HEADER_BYTES), to: offset + HEADER_BYTES + header.messageBytes };
    });
  });
  const victim = victims[where % Math.max(1, victims.length)];
  if (victim === undefined) return;
  const content = readFileSync(victim.path);
  const at = victim.from + (where % (victim.to - victim.from));
  content[at] = (content[at] ?? 0) ^ 0x20;
  writeFileSync(victim.path, content);
  model.damaged.add(key(victim.header.epoch, victim.header.sequence));
}

async function apply(step: Step, spool: OpenSpool, spools: TestSpools, model: Model): Promise<OpenSpool> {
  const { epoch, sequence, accepted, acked } = model;
  switch (step.kind) {
    case 'append': {
      const next = batch(sequence, step.bytes, epoch);
      await spool.append(next);
      accepted.set(key(epoch, sequence), Buffer.from(next.message));
      model.sequence++;
      return spool;
    }
    case 'refused':
      spools.disk.fault = 'ENOSPC';
      spools.disk.at = step.at;
      try {
        // A segment may be open, and then there is nothing to rename or to open.
        const next = batch(sequence, step.bytes, epoch);
        await spool.append(next);
        accepted.set(key(epoch, sequence), Buffer.from(next.message));
        model.sequence++;
      } catch (error) {
        if (!(error instanceof SpoolWriteError)) throw error;
      }
      spools.disk.fault = undefined;
      return spool;
    case 'ack': {
      if (step.epochsBack > 0) {
        const earlier = epoch - BigInt(step.epochsBack);
        const known = [...accepted.keys()].filter((name) => name.startsWith(`${earlier}/`));
        for (const name of known) acked.add(name);
        if (known.length > 0) spool.ack({ epoch: earlier, first: 1, last: known.length });
        return spool;
      }
      const span = { epoch, first: step.from, last: step.from + step.length };
      for (let acknowledged = span.first; acknowledged <= span.last; acknowledged++) {
        const name = key(epoch, acknowledged);
        if (accepted.has(name)) acked.add(name);
      }
      // The hub acknowledges nothing that was not sealed.
      spool.ack({ ...span, first: Math.max(1, span.first), last: Math.min(sequence - 1, span.last) });
      return spool;
    }
    case 'giveUp': {
      const items = waiting(spool);
      const item = items[step.index % Math.max(1, items.length)];
      if (item !== undefined) await spool.giveUp(item, 'too_large');
      return spool;
    }
    case 'takenOver': {
      const lock = join(spools.folder, 'lock');
      rmSync(lock);
      symlinkSync('1 1 another-host', lock);
      const outcome: unknown = await spool.append(batch(sequence, 10, epoch)).catch((error: unknown) => error);
      if (!(outcome instanceof SpoolLockedError)) throw new Error('the spool of another agent took a batch');
      await spool[Symbol.asyncDispose]();
      if (readlinkSync(lock) !== '1 1 another-host') throw new Error('the lock of another agent was removed');
      rmSync(lock);
      model.epoch++;
      model.sequence = 1;
      return await spools.open(CONFIG);
    }
    case 'damage': {
      await spool[Symbol.asyncDispose]();
      damageOne(spools, step.where, model);
      model.epoch++;
      model.sequence = 1;
      return await spools.open(CONFIG);
    }
    case 'restart':
      await spool[Symbol.asyncDispose]();
      model.epoch++;
      model.sequence = 1;
      return await spools.open(CONFIG);
    case 'kill': {
      const torn = encodeRecord(batch(sequence, 300, epoch)).subarray(0, Math.min(step.tornBytes, HEADER_BYTES + 299));
      model.epoch++;
      model.sequence = 1;
      return await spools.openAfterKill(CONFIG, torn);
    }
  }
}

test('every accepted batch is offered, acknowledged or declared, through kills, full disks and evictions', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), async (steps) => {
      await using spools = createTestSpools();
      const model: Model = {
        epoch: 5n,
        sequence: 1,
        accepted: new Map(),
        acked: new Set(),
        damaged: new Set(),
        declared: new Set(),
      };
      let spool = await spools.open(CONFIG);
      for (const one of steps) {
        spool = await apply(one, spool, spools, model);
        const news = [...skippedBy(spool)].filter((name) => !model.declared.has(name) && !model.damaged.has(name));
        expect(news.length).toBeLessThanOrEqual(skipsMax(one));
        for (const name of news) model.declared.add(name);
        expect(await faults(spool, spools, model)).toEqual([]);
      }
    }),
    { numRuns: 40 },
  );
}, 120_000);
