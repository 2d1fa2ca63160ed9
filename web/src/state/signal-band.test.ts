import { expect, test } from 'vitest';
import { signalBand } from './signal-band.ts';

test('bands begin where the scale says', () => {
  expect([-59, -60, -61, -70, -71, -80, -81].map(signalBand)).toEqual([
    'strong',
    'strong',
    'good',
    'good',
    'weak',
    'weak',
    'bad',
  ]);
});
