/**
 * The spool against a model: whatever is appended, acknowledged, killed and torn, every accepted batch is either offered
 * with its bytes, acknowledged, or declared as skipped.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batch, createTestSpools, type TestSpools, waiting } from './fixture.ts';
import type { OpenSpool, SpoolConfig } from './folder.ts';
import { encodeRecord, HEADER_BYTES } from './record.ts';

type Step =
  | { readonly kind: 'append'; readonly bytes: number }
  | { readonly kind: 'refused'; readonly bytes: number; readonly at: 'write' | 'half' | 'sync' }
  | { readonly kind: 'ack'; readonly from: number; readonly length: number }
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
      at: fc.constantFrom('write', 'half', 'sync'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('ack' as const),
      from: fc.integer({ min: 0, max: 40 }),
      length: fc.integer({ min: 0, max: 8 }),
    }),
  },
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
}

const key = (epoch: bigint, sequence: number): string => `${epoch}/${sequence}`;

function skippedBy(spool: OpenSpool): ReadonlySet<string> {
  const skipped = new Set<string>();
  for (const { epoch, first, last } of spool.state().skips)
    for (let sequence = first; sequence <= last; sequence++) skipped.add(key(epoch, sequence));
  return skipped;
}

/** Only an eviction for a batch that was accepted, and a batch given up, are reasons for a skip. */
function mayBeSkipped(step: Step, before: number, after: number): boolean {
  return step.kind === 'append' || after <= before || (step.kind === 'giveUp' && after === before + 1);
}

/** What is wrong with the spool by the model; empty when nothing is. */
async function faults(spool: OpenSpool, spools: TestSpools, model: Model): Promise<string[]> {
  const found: string[] = [];
  const skipped = skippedBy(spool);
  const offered = new Set<string>();
  for (const item of waiting(spool)) {
    const name = key(item.epoch, item.sequence);
    offered.add(name);
    const message = await spool.read(item);
    if (message === undefined || model.accepted.get(name)?.equals(message) !== true) found.push(`${name} has other bytes`);
  }
  for (const name of model.accepted.keys()) {
    if (!offered.has(name) && !skipped.has(name) && !model.acked.has(name)) found.push(`${name} has disappeared`);
    if (offered.has(name) && skipped.has(name)) found.push(`${name} is offered and skipped`);
  }
  for (const name of skipped) if (!model.accepted.has(name)) found.push(`${name} is skipped and never was`);
  const bytes = (await spools.metrics.bytes.get()).values[0]?.value ?? 0;
  if (bytes > BYTES_MAX) found.push(`${bytes} bytes are over the limit`);
  return found;
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
      await spool.append(batch(sequence, step.bytes, epoch)).then(
        () => Promise.reject(new Error('the full disk took a batch')),
        () => undefined,
      );
      spools.disk.fault = undefined;
      return spool;
    case 'ack': {
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
      const model: Model = { epoch: 5n, sequence: 1, accepted: new Map(), acked: new Set() };
      let spool = await spools.open(CONFIG);
      for (const one of steps) {
        const before = skippedBy(spool).size;
        spool = await apply(one, spool, spools, model);
        expect(mayBeSkipped(one, before, skippedBy(spool).size)).toBe(true);
        expect(await faults(spool, spools, model)).toEqual([]);
      }
    }),
    { numRuns: 30 },
  );
}, 120_000);
