import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSpoolCopy, nameOf } from './spool-copy.ts';

let folder: string;
let segment: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-spool-copy-'));
  segment = join(folder, '000000000001.segment');
  writeFileSync(segment, Buffer.alloc(64));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A record as docs/spool-format.md has it: polls of second `sequence`. */
function record(sequence: number): Buffer {
  const message = Buffer.from(`batch ${sequence}`);
  const header = Buffer.alloc(64);
  header.write('PRec', 'latin1');
  header.writeUInt32LE(message.length, 4);
  header.writeBigUInt64LE(7n, 8);
  header.writeBigUInt64LE(BigInt(sequence), 16);
  header.writeBigUInt64LE(99n, 24);
  header.writeBigUInt64LE(BigInt(sequence) * 1000n, 32);
  header.writeBigUInt64LE(BigInt(sequence) * 1000n + 900n, 40);
  header.writeUInt32LE(crc32(message), 56);
  header.writeUInt32LE(crc32(header.subarray(0, 60)), 60);
  return Buffer.concat([header, message]);
}

describe('the copy of a spool', () => {
  it('takes what was written since, and a record that is being written when it is whole', () => {
    const copy = createSpoolCopy(folder);
    copy.update();
    expect(copy.messages()).toEqual([]);
    const third = record(3);
    appendFileSync(segment, Buffer.concat([record(1), record(2), third.subarray(0, 70)]));
    copy.update();
    expect(copy.messages().map(String)).toEqual(['batch 1', 'batch 2']);
    appendFileSync(segment, third.subarray(70));
    copy.update();
    copy.update();
    expect(copy.messages().map(String)).toEqual(['batch 1', 'batch 2', 'batch 3']);
    expect(copy.sealed.get('7/3')).toEqual({
      epoch: 7n,
      sequence: 3n,
      contentHash: 99n,
      firstPollMs: 3000,
      lastPollMs: 3900,
    });
  });

  it('remembers what was sealed when the agent has removed the segment', () => {
    appendFileSync(segment, record(1));
    const copy = createSpoolCopy(folder);
    copy.update();
    rmSync(segment);
    copy.update();
    expect([...copy.sealed.keys()]).toEqual(['7/1']);
    expect(copy.messages()).toHaveLength(1);
  });

  it('damages one bit of one message, neither the last one nor one of another time', () => {
    const whole = Buffer.concat([1, 2, 3, 5, 4].map(record));
    appendFileSync(segment, whole);
    const copy = createSpoolCopy(folder);
    copy.update();
    expect(copy.canDamage({ fromMs: 1500, toMs: 4950 })).toBe(true);
    for (const key of [12_345, 6]) {
      const before = readFileSync(segment);
      const hurt = copy.damage({ fromMs: 1500, toMs: 4950 }, key);
      const after = readFileSync(segment);
      const changed = [...after.keys()].filter((at) => after[at] !== before[at]);
      expect(changed).toHaveLength(1);
      const at = 64 + (Number(hurt?.sequence) - 1) * record(1).length + 64;
      expect(changed[0]).toBeGreaterThanOrEqual(at);
      expect(changed[0]).toBeLessThan(at + 'batch 1'.length);
      expect(hurt && copy.sealed.has(nameOf(hurt))).toBe(true);
    }
    expect(copy.messages().map(String)).toEqual(['batch 1', 'batch 5', 'batch 4']);
    expect(copy.canDamage({ fromMs: 1500, toMs: 4950 })).toBe(false);
    expect(copy.damage({ fromMs: 1500, toMs: 4950 }, 1)).toBeUndefined();
  });
});
