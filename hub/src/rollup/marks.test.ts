import { openBatch, sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import { SAMPLE_IDENTITY, sampleInterface, samplePoll, sampleRows } from '@poplar/proto/testing';
import { describe, expect, it } from 'vitest';
import { bucketStart, createMarkCollector, dueUntil, rangesOf } from './marks.ts';

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 0, 5, 10);

describe('bucketStart', () => {
  it('puts the end of a bucket into it, and its start into the one before', () => {
    expect([T0, T0 + 1, T0 + 5 * MINUTE, T0 + 5 * MINUTE + 1].map((ms) => bucketStart(ms))).toEqual([
      T0 - 5 * MINUTE,
      T0,
      T0,
      T0 + 5 * MINUTE,
    ]);
  });
});

describe('createMarkCollector', () => {
  it('marks the bucket of every poll once per site, also of a poll that failed', () => {
    const builder = createBatchBuilder();
    const add = (site: string, tsMs: number, pollNumber: number): void =>
      builder.add(samplePoll({ site, tsMs, pollNumber }), sampleRows({ interfaces: [sampleInterface()] }));
    add('ams1', T0 + 1, 1);
    add('ams1', T0 + MINUTE, 2);
    add('fra1', T0 + 7 * MINUTE, 3);
    builder.add(samplePoll({ site: 'fra1', tsMs: T0 + 11 * MINUTE, pollNumber: 4 }), sampleRows({}));
    const open = openBatch(sealBatch(builder, { ...SAMPLE_IDENTITY, sequence: 1, sealedAtMs: T0 }), DEFAULT_LIMITS);
    const collector = createMarkCollector();
    for (let time = 0; time < 2; time++) collector.add(open);
    expect(collector.marks()).toEqual([
      { site: 'ams1', bucketMs: T0 },
      { site: 'fra1', bucketMs: T0 + 5 * MINUTE },
      { site: 'fra1', bucketMs: T0 + 10 * MINUTE },
    ]);
  });
});

describe('rangesOf', () => {
  it('adds the hour that looks back on a mark, joined and cut at whole spans, up to what is over', () => {
    const marks = [T0 - 10 * MINUTE, T0 - 5 * MINUTE].map((bucketMs) => ({ site: 'fra1', bucketMs }));
    expect(rangesOf(marks, T0 + 15 * MINUTE, 60 * MINUTE)).toEqual([
      { site: 'fra1', fromMs: T0, toMs: T0 + 15 * MINUTE },
      { site: 'fra1', fromMs: T0 - 10 * MINUTE, toMs: T0 },
    ]);
    expect(rangesOf(marks.slice(0, 1), T0 + 24 * 60 * MINUTE, 60 * MINUTE).map(({ toMs }) => toMs)).toEqual([
      T0 + 55 * MINUTE,
      T0,
    ]);
  });

  it('keeps sites apart', () => {
    const marks = ['b', 'a'].map((site) => ({ site, bucketMs: T0 }));
    expect(rangesOf(marks, T0 + 5 * MINUTE, 60 * MINUTE).map(({ site }) => site)).toEqual(['a', 'b']);
  });
});

describe('dueUntil', () => {
  it('waits for a quarter of an hour to end, and for late readings of speeds', () => {
    expect(dueUntil(T0 + 2 * MINUTE)).toBe(T0 - 15 * MINUTE);
    expect(dueUntil(T0 + 3 * MINUTE)).toBe(T0);
  });
});
