import { describe, expect, it } from 'vitest';
import { type OpenBatch, openBatch, sealBatch } from './batch.ts';
import { type BatchIdentity, createBatchBuilder, type PollHeader } from './builder.ts';
import { ABSENT, columnNulls, emptyFamily } from './columns.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { SAMPLE_IDENTITY, SAMPLE_TIME_MS, sampleInterface, samplePoll, sampleRows } from './testing.ts';
import { validateBatch } from './validate.ts';

function sampleBatch(poll: Partial<PollHeader> = {}, identity: Partial<BatchIdentity> = {}): OpenBatch {
  const builder = createBatchBuilder();
  builder.add(samplePoll(poll), sampleRows({ interfaces: [sampleInterface()] }));
  return openBatch(sealBatch(builder, { ...SAMPLE_IDENTITY, ...identity }), DEFAULT_LIMITS);
}

describe('validateBatch', () => {
  it('passes a batch as agents seal it', () => {
    expect(validateBatch(sampleBatch())).toBeUndefined();
  });

  it('names what cannot be stored', () => {
    expect(validateBatch(sampleBatch({}, { agent: '' }))).toBe('agent is empty');
    expect(validateBatch(sampleBatch({}, { epoch: 0n }))).toBe('epoch is 0');
    expect(validateBatch(sampleBatch({ outcome: 0 }))).toMatch(/outcome 0/);
    expect(validateBatch(sampleBatch({ outcome: 99 }))).toMatch(/outcome 99/);
    expect(validateBatch(sampleBatch({ router: '' }))).toMatch(/no site or router/);
    expect(validateBatch({ ...sampleBatch(), symbols: ['', 'x'.repeat(5000)] })).toMatch(/longer than 4096/);
  });

  it('bounds times by the batch itself, so that every hub decides alike', () => {
    expect(validateBatch(sampleBatch({ tsMs: SAMPLE_TIME_MS - 25 * 3_600_000 }))).toMatch(/poll 0 has time/);
    expect(validateBatch(sampleBatch({ tsMs: SAMPLE_TIME_MS + 2 * 3_600_000 }))).toMatch(/poll 0 has time/);
    const far = Date.UTC(2150, 0, 1);
    expect(validateBatch(sampleBatch({ tsMs: far }, { sealedAtMs: far }))).toMatch(/sealed_at_ms/);
  });

  it('refuses polls that declare other rows than there are', () => {
    const batch = sampleBatch();
    const { interfaces } = sampleBatch().families;
    expect(validateBatch({ ...batch, families: { ...batch.families, interfaces: emptyFamily(interfaces.spec) } })).toMatch(
      /declare 1 rows of interfaces, 0 are there/,
    );
  });

  it('refuses null maps with other marks than 0 and 1', () => {
    const builder = createBatchBuilder();
    builder.add(samplePoll(), sampleRows({ interfaces: [sampleInterface({ mac: undefined })] }));
    const batch = openBatch(sealBatch(builder, SAMPLE_IDENTITY), DEFAULT_LIMITS);
    const { interfaces } = batch.families;
    columnNulls(interfaces, interfaces.spec.positions.get('mac') ?? -1)?.fill(255);
    expect(validateBatch(batch)).toMatch(/mac_nulls row 0 is 255/);
  });

  it('takes a missing count of rows for zero, and asks for every other column of polls', () => {
    const batch = sampleBatch();
    const without = (...names: string[]): OpenBatch => {
      const { polls } = batch.families;
      const places = polls.places.map((place, slot) =>
        names.includes(polls.spec.columns[slot >> 1]?.name ?? '') ? ABSENT : place,
      );
      return { ...batch, families: { ...batch.families, polls: { ...polls, places } } };
    };
    expect(validateBatch(without('sensor_rows', 'board_rows', 'device_rows'))).toBeUndefined();
    expect(validateBatch(without('interface_rows'))).toBe('polls declare 0 rows of interfaces, 1 are there');
    expect(validateBatch(without('duration_us'))).toBe('polls lack duration_us');
  });

  it('refuses symbols that do not exist and an absent table of symbols', () => {
    const batch = sampleBatch();
    expect(validateBatch({ ...batch, symbols: batch.symbols.slice(0, -1) })).toMatch(/names a symbol that does not exist/);
    expect(validateBatch({ ...batch, symbols: [] })).toBe('symbol 0 is not the empty string');
  });
});
