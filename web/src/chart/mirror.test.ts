import type { InterfaceSeries, SeriesSummary } from '@poplar/hub/api/schemas';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mirroredScale, mirrorSeries } from './mirror.ts';

const NOTHING: SeriesSummary = { min_bps: null, avg_bps: null, max_bps: null, last_bps: null, p95_bps: null, total_bytes: null };

function series(
  points: readonly (readonly [number, number | null, number | null])[],
  gaps: InterfaceSeries['gaps'] = [],
): InterfaceSeries {
  const rates = (column: 1 | 2): (number | null)[] => points.map((point) => point[column]);
  return {
    from_ms: 0,
    to_ms: 100_000,
    step_ms: 10_000,
    resolution: 'samples',
    ts_ms: points.map(([ms]) => ms),
    rx_bps: rates(1),
    tx_bps: rates(2),
    rx_max_bps: rates(1),
    tx_max_bps: rates(2),
    gaps,
    resets: [],
    summary: { rx: NOTHING, tx: NOTHING },
    sql: '',
  };
}

describe('a mirrored series', () => {
  test('has in above zero and out below, and no negative zero', () => {
    const { rx, tx } = mirrorSeries(
      series([
        [0, 100, 40],
        [10_000, 0, 0],
      ]),
    );
    expect(rx.slice(0, 2)).toEqual([100, 0]);
    expect(tx.slice(0, 2)).toEqual([-40, 0]);
    expect(Object.is(tx[1], 0)).toBe(true);
  });

  test('keeps unknown points unknown in both directions, and ends each step with its bucket', () => {
    const { tsMs, rx, tx } = mirrorSeries(
      series([
        [0, 1, 2],
        [10_000, null, null],
        [20_000, 3, 4],
      ]),
    );
    expect(tsMs).toEqual([0, 9999, 10_000, 20_000, 30_000]);
    expect(rx).toEqual([1, 1, null, 3, 3]);
    expect(tx).toEqual([-2, -2, null, -4, -4]);
  });

  test('shows no peak where it has no average', () => {
    const { rxMax, txMax } = mirrorSeries({ ...series([[0, null, null]]), rx_max_bps: [7], tx_max_bps: [7] });
    expect([rxMax, txMax]).toEqual([[null], [null]]);
  });

  test('does not reach past the end of the range', () => {
    expect(mirrorSeries(series([[95_000, 1, 1]])).tsMs).toEqual([95_000, 100_000]);
  });

  test('is broken where a gap lies between two points', () => {
    const { tsMs, rx } = mirrorSeries(
      series(
        [
          [0, 1, 1],
          [30_000, 2, 2],
        ],
        [{ from_ms: 0, to_ms: 30_000 }],
      ),
    );
    expect(tsMs).toEqual([0, 10_000, 10_001, 30_000, 40_000]);
    expect(rx).toEqual([1, 1, null, 2, 2]);
  });

  test('goes on from the bucket in which a gap ends', () => {
    const points = [
      [0, 1, 1],
      [10_000, null, null],
      [20_000, 2, 2],
      [30_000, 3, 3],
    ] as const;
    const { tsMs, rx } = mirrorSeries(series(points, [{ from_ms: 2000, to_ms: 24_000 }]));
    expect(tsMs).toEqual([0, 9998, 9999, 10_000, 20_000, 30_000, 40_000]);
    expect(rx).toEqual([1, 1, null, null, 2, 3, 3]);
  });

  test('is broken by a step that no resolution explains', () => {
    expect(
      mirrorSeries(
        series([
          [0, 1, 1],
          [40_000, 2, 2],
        ]),
      ).rx,
    ).toEqual([1, 1, null, 2, 2]);
    expect(
      mirrorSeries(
        series([
          [0, 1, 1],
          [30_000, 2, 2],
        ]),
      ).rx,
    ).toEqual([1, 2, 2]);
  });

  test('is not broken by a gap that is shorter than a bucket: both buckets have samples', () => {
    expect(
      mirrorSeries(
        series(
          [
            [0, 1, 1],
            [10_000, 2, 2],
          ],
          [{ from_ms: 8000, to_ms: 12_000 }],
        ),
      ).rx,
    ).toEqual([1, 2, 2]);
  });

  test('has ascending times, one per value, whatever is missing', () => {
    const rate = fc.option(fc.integer({ min: 0, max: 1000 }));
    const gap = fc.tuple(fc.nat(90_000), fc.integer({ min: 1, max: 40_000 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(rate, rate), { maxLength: 10 }), gap, (rates, [fromMs, length]) => {
        const points = rates.map(([rx, tx], index) => [index * 10_000, rx, tx] as const);
        const { tsMs, rx, tx } = mirrorSeries(series(points, [{ from_ms: fromMs, to_ms: fromMs + length }]));
        expect(tsMs.every((ms, index) => index === 0 || ms > (tsMs[index - 1] ?? 0))).toBe(true);
        expect([rx.length, tx.length]).toEqual([tsMs.length, tsMs.length]);
      }),
    );
  });

  test('knows its newest point that has a figure', () => {
    expect(
      mirrorSeries(
        series([
          [0, 1, 1],
          [10_000, null, 5],
          [20_000, null, null],
        ]),
      ).newestMs,
    ).toBe(10_000);
    expect(mirrorSeries(series([[0, null, null]])).newestMs).toBeNull();
  });
});

describe('the scale', () => {
  const none = { rx: null, tx: null };

  test('holds both peaks and both percentile lines', () => {
    const [low, high] = mirroredScale(mirrorSeries(series([[0, 1000, 800]])), { rx: 1500, tx: null });
    expect(high).toBeGreaterThan(1500);
    expect(low).toBeLessThan(-800);
  });

  test('leaves a quiet direction a readable half', () => {
    const [low, high] = mirroredScale(mirrorSeries(series([[0, 1000, 0]])), none);
    expect(-low / (high - low)).toBeCloseTo(0.22, 5);
  });

  test('of nothing is small but not empty', () => {
    expect(mirroredScale(mirrorSeries(series([[0, null, null]])), none)).toEqual([-1000, 1000]);
  });
});
