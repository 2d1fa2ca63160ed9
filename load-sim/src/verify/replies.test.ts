import { expect, it } from 'vitest';
import { createReplyTrack } from './replies.ts';

const reply = (atMs: number, menu = '/interface', rows = 1) => ({ atMs, menu, rows });

it('replies are found by menu and time, ends included, in the order of time', () => {
  const track = createReplyTrack([
    reply(30),
    reply(10),
    reply(20, '/log'),
    reply(20, '/interface', 5),
    reply(10, '/log'),
    reply(40),
  ]);
  const found = (...args: Parameters<typeof track.within>) => track.within(...args).map(({ atMs, rows }) => [atMs, rows]);
  expect(found(['/interface'], 10, 30)).toEqual([
    [10, 1],
    [20, 5],
    [30, 1],
  ]);
  expect(found(['/interface'], 11, 29)).toEqual([[20, 5]]);
  expect(found(['/log'], 0, 100)).toHaveLength(2);
  expect(found(['/system'], 0, 100)).toEqual([]);
  expect(Array.from(track.all(), ({ atMs, menu }) => `${atMs} ${menu}`)).toEqual([
    '10 /interface',
    '10 /log',
    '20 /log',
    '20 /interface',
    '30 /interface',
    '40 /interface',
  ]);
});

it('what became of a reply is known whoever asks', () => {
  const times = Array.from({ length: 1000 }, (_, index) => (index * 7919) % 1000);
  const track = createReplyTrack(times.map((atMs) => reply(atMs)));
  for (const one of track.within(['/interface'], 500, 502)) one.fate = one.atMs === 501 ? 'claimed' : 'seen';
  const fates = Array.from(track.all(), ({ atMs, fate }) => [atMs, fate]);
  expect(fates.map(([atMs]) => atMs)).toEqual(times.toSorted((a, b) => a - b));
  expect(fates.filter(([, fate]) => fate !== 'open')).toEqual([
    [500, 'seen'],
    [501, 'claimed'],
    [502, 'seen'],
  ]);
});
