import { expect, it } from 'vitest';
import { resultSection, resultTable } from './result.ts';

it('puts medians, spreads, anchors and ratios into a table', () => {
  const table = resultTable({
    name: 'one',
    conditions: '',
    measurements: [
      { group: 'Small', what: 'speed, m/s', rounds: [3, 1, 2], anchor: { text: 'theirs: 4', value: 4 } },
      { what: 'size, B', rounds: [1200], anchor: { text: 'goal: little' } },
    ],
  });
  expect(table.split('\n').slice(2)).toEqual([
    '| **Small** | | | | |',
    '| speed, m/s | 2 | 1 – 3 | theirs: 4 | 0.5 |',
    '| size, B | 1 200 |  | goal: little |  |',
  ]);
});

it('names conditions and machine before the table and notes after it', () => {
  const section = resultSection(
    { name: 'one', conditions: 'Alone.', measurements: [{ what: 'size, B', rounds: [1] }], notes: ['Small.'] },
    '2 cores.',
  );
  expect(section).toMatch(/^Alone\.\n\n2 cores\.\n\n\| what /);
  expect(section).toMatch(/\n\n- Small\.$/);
});
