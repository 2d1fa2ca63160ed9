import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PRESETS, parseRange, periodOf, type Range, rangeParams, stepRange, zoomTo } from './range.ts';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const HOUR = PRESETS['1h'];

/** What an address holds after this range was set. */
function saved(range: Range, before = ''): URLSearchParams {
  const params = new URLSearchParams(before);
  for (const [name, value] of Object.entries(rangeParams(range))) {
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  return params;
}

describe('the range of an address', () => {
  test('is the last hour when nothing is said', () =>
    expect(parseRange(new URLSearchParams())).toEqual({ kind: 'last', name: '1h' }));

  test('can be a preset, ISO times or Unix milliseconds', () => {
    expect(parseRange(new URLSearchParams('range=6h'))).toEqual({ kind: 'last', name: '6h' });
    const fixed = { kind: 'between', fromMs: NOW - HOUR, toMs: NOW };
    expect(parseRange(new URLSearchParams('from=2026-11-23T09:00:00Z&to=2026-11-23T10:00:00Z'))).toEqual(fixed);
    expect(parseRange(new URLSearchParams(`from=${NOW - HOUR}&to=${NOW}`))).toEqual(fixed);
  });

  test('falls back when it cannot be read or ends before it starts', () => {
    for (const text of ['range=2y', 'from=yesterday&to=now', `from=${NOW}&to=${NOW - 1}`, 'from=2026-11-23T09:00:00Z']) {
      expect(parseRange(new URLSearchParams(text))).toEqual({ kind: 'last', name: '1h' });
    }
  });

  test('comes back from the address as it went in', () => {
    const moment = fc.integer({ min: 1_500_000_000_000, max: 2_000_000_000_000 });
    fc.assert(
      fc.property(moment, fc.integer({ min: 1, max: 1e11 }), (fromMs, length) => {
        const range: Range = { kind: 'between', fromMs, toMs: fromMs + length };
        expect(parseRange(saved(range))).toEqual(range);
      }),
    );
  });

  test('remembers the preset under a zoom', () => {
    const zoomed = saved(zoomTo(NOW - 60_000, NOW), 'range=6h');
    expect(parseRange(zoomed).kind).toBe('between');
    zoomed.delete('from');
    expect(parseRange(zoomed)).toEqual({ kind: 'last', name: '6h' });
  });
});

describe('a step', () => {
  test('back moves by the length of the range and fixes it', () => {
    expect(stepRange({ kind: 'last', name: '1h' }, -1, NOW)).toEqual({
      kind: 'between',
      fromMs: NOW - 2 * HOUR,
      toMs: NOW - HOUR,
    });
  });

  test('back and forth is live again', () => {
    const back = stepRange({ kind: 'last', name: '6h' }, -1, NOW);
    expect(stepRange(back, 1, NOW + 5000)).toEqual({ kind: 'last', name: '6h' });
  });

  test('forth never ends after now', () => {
    const odd: Range = { kind: 'between', fromMs: NOW - 130_000, toMs: NOW - 30_000 };
    expect(stepRange(odd, 1, NOW)).toEqual({ kind: 'between', fromMs: NOW - 100_000, toMs: NOW });
  });
});

test('a zoom is whole seconds, at least ten of them, about where it was drawn', () => {
  expect(periodOf(zoomTo(NOW - 1, NOW + 1), NOW)).toEqual({ fromMs: NOW - 5000, toMs: NOW + 5000 });
  expect(periodOf(zoomTo(NOW + 100.3, NOW + 60_000.7), NOW)).toEqual({ fromMs: NOW, toMs: NOW + 61_000 });
});
