import { expect, it } from 'vitest';
import { figure } from './figure.ts';

it.each([
  [0, '0'],
  [0.98765, '0.988'],
  [0.0012345, '0.00123'],
  [2.5, '2.5'],
  [12.34, '12.3'],
  [997.6, '998'],
  [1234.5, '1 230'],
  [2_631_000, '2 630 000'],
  [-45.678, '-45.7'],
])('writes %d with three significant digits', (value, text) => {
  expect(figure(value)).toBe(text);
});
