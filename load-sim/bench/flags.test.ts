import { expect, it } from 'vitest';
import { UsageError } from '../src/flags.ts';
import { parseBenchFlags } from './flags.ts';

it('keeps the set beside the repository’s data unless told otherwise', () => {
  expect(parseBenchFlags([], '/repo')).toMatchObject({ names: [], setFolder: '/repo/data/bench', days: 30, printOnly: false });
  expect(parseBenchFlags(['--data', '/set'], '/repo').setFolder).toBe('/set');
});

it('takes names in their order between flags', () => {
  expect(parseBenchFlags(['queries', '--rounds', '2', 'codec', '--print-only'], '/repo')).toMatchObject({
    names: ['queries', 'codec'],
    rounds: 2,
    printOnly: true,
  });
});

it.each([
  [['--rounds', '0'], '--rounds 0'],
  [['--days', '31'], '--days 31'],
  [['--http-port', 'x'], '--http-port x'],
  [['--fast'], '--fast'],
])('refuses %j', (args, message) => {
  expect(() => parseBenchFlags(args, '/repo')).toThrow(UsageError);
  expect(() => parseBenchFlags(args, '/repo')).toThrow(message);
});
