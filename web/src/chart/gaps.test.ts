import type { PollStrip } from '@poplar/hub/api/schemas';
import { expect, test } from 'vitest';
import { gapAt, gapCause, gapsLength } from './gaps.ts';

const GAP = { from_ms: 10_000, to_ms: 50_000 };
const strip = (...buckets: PollStrip['buckets']): PollStrip => ({ step_ms: 10_000, buckets });
const bucket = (ts_ms: number, ok: number, failed: number, outcome: string): PollStrip['buckets'][number] => ({
  ts_ms,
  ok,
  failed,
  outcome,
});

test('a moment inside a gap finds it, its ends do not', () => {
  expect(gapAt([GAP], 30_000)).toBe(GAP);
  expect(gapAt([GAP], 10_000)).toBeNull();
  expect(gapAt([GAP], 60_000)).toBeNull();
});

test('a gap is explained by the polls of its time alone', () => {
  expect(gapCause(GAP, strip(bucket(5000, 0, 1, 'auth'), bucket(20_000, 0, 1, 'timeout'), bucket(30_000, 0, 1, 'timeout')))).toBe(
    '2 polls failed: timeout',
  );
  expect(gapCause(GAP, strip(bucket(20_000, 1, 0, 'ok')))).toBe('polls were answered without this port');
  expect(gapCause(GAP, strip(bucket(0, 1, 0, 'ok'), bucket(50_000, 1, 0, 'ok')))).toBe('no polls arrived');
  expect(gapCause(GAP, null)).toBe('');
});

test('gaps add up', () => expect(gapsLength([GAP, { from_ms: 60_000, to_ms: 61_000 }])).toBe(41_000));
