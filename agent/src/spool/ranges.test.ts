import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addRun, missingFrom, type Runs } from './ranges.ts';

const run = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 12 }))
  .map(([first, length]) => ({ first, last: first + length }));

function numbers(runs: Runs): number[] {
  return runs.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
}

test('a set of runs holds exactly the numbers that were added, in the fewest runs', () => {
  fc.assert(
    fc.property(fc.array(run, { maxLength: 20 }), (added) => {
      const runs = added.reduce<Runs>(addRun, []);
      const expected = [...new Set(numbers(added))].sort((a, b) => a - b);
      expect(numbers(runs)).toEqual(expected);
      const holes = expected.filter((value, index) => index > 0 && expected[index - 1] !== value - 1).length;
      expect(runs).toHaveLength(expected.length === 0 ? 0 : holes + 1);
    }),
  );
});

test('what is missing from a set is the run without its numbers', () => {
  fc.assert(
    fc.property(fc.array(run, { maxLength: 10 }), run, (added, wanted) => {
      const held = new Set(numbers(added));
      expect(numbers(missingFrom(added.reduce<Runs>(addRun, []), wanted))).toEqual(
        numbers([wanted]).filter((value) => !held.has(value)),
      );
    }),
  );
});
