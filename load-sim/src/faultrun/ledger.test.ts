import { describe, expect, it } from 'vitest';
import { checkFates, type StoredFate } from './ledger.ts';
import { nameOf, type SealedRecord } from './spool-copy.ts';

const fate = (sequence: bigint, state = 2): StoredFate => ({
  epoch: 5n,
  sequence,
  state,
  reason: state === 2 ? '' : 'corrupt',
  contentHash: state === 0 ? 0n : sequence * 10n,
});

const sealedUpTo = (last: number): Map<string, SealedRecord> =>
  new Map(
    Array.from({ length: last }, (_, index) => {
      const sequence = BigInt(index + 1);
      const record = { epoch: 5n, sequence, contentHash: sequence * 10n, firstPollMs: 0, lastPollMs: 0 };
      return [nameOf(record), record];
    }),
  );

describe('the ledger of a fault run', () => {
  it('is right when every sequence is stored, or skipped because its bytes were damaged', () => {
    const fates = [fate(1n), fate(2n, 0), fate(3n)];
    expect(checkFates(fates, sealedUpTo(3), new Set(['5/2']))).toEqual({ stored: 2, skipped: 1, faults: [] });
  });

  it('finds sequences without an end: holes, and what the agent sealed last', () => {
    expect(checkFates([fate(1n), fate(3n)], sealedUpTo(4), new Set()).faults).toEqual([
      'batch 5/2 has no end: neither stored, rejected nor skipped',
      'batch 5/4 has no end: neither stored, rejected nor skipped',
    ]);
  });

  it('finds skips without a cause, rejections and other bytes', () => {
    const fates = [fate(1n, 0), fate(2n, 1), { ...fate(3n), contentHash: 1n }];
    expect(checkFates(fates, sealedUpTo(3), new Set()).faults).toEqual([
      'batch 5/1 was skipped (corrupt), but not damaged',
      'batch 5/2 was rejected: corrupt',
      'batch 5/3 is stored with other bytes than the agent sealed',
    ]);
  });
});
