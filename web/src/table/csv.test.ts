import { expect, test } from 'vitest';
import { toCsv } from './csv.ts';

test('cells are separated by commas, lines end in CRLF, and what needs quotes has them', () => {
  expect(
    toCsv(
      ['a', 'b'],
      [
        ['x,y', 'say "hi"'],
        ['two\nlines', null],
      ],
    ),
  ).toBe('a,b\r\n"x,y","say ""hi"""\r\n"two\nlines",\r\n');
});

test('numbers and truths are plain, also negative ones', () => {
  expect(toCsv(['n'], [[-60], [0.5], [true]])).toBe('n\r\n-60\r\n0.5\r\ntrue\r\n');
});

test('text that a spreadsheet would run as a formula is defused', () => {
  expect(toCsv(['n'], [['=1+1'], ['@x'], ['-1'], ['+1']])).toBe("n\r\n'=1+1\r\n'@x\r\n'-1\r\n'+1\r\n");
});
