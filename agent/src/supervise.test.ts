import { pino } from 'pino';
import { expect, test } from 'vitest';
import { type Part, supervise } from './supervise.ts';

const log = pino({ level: 'silent' });
const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });

/** A part that notes when it was told to stop and when it had finished. */
function part(name: string, notes: string[], finish: () => Promise<unknown> = () => Promise.resolve()): Part {
  return {
    name,
    graceMs: 60_000,
    async run(signal) {
      await aborted(signal);
      notes.push(`${name} stops`);
      await finish();
      notes.push(`${name} ended`);
    },
  };
}

test('parts stop one after another, each when the one before has finished', async () => {
  const notes: string[] = [];
  const stop = new AbortController();
  const running = supervise([part('poller', notes), part('batcher', notes), part('uplink', notes)], stop.signal, log);
  stop.abort();
  await running;
  expect(notes).toEqual(['poller stops', 'poller ended', 'batcher stops', 'batcher ended', 'uplink stops', 'uplink ended']);
});

test('a part that fails stops the others and is the cause', async () => {
  const notes: string[] = [];
  const failing: Part = { name: 'poller', graceMs: 1000, run: () => Promise.reject(new Error('no file descriptors left')) };
  const running = supervise([failing, part('uplink', notes)], new AbortController().signal, log);
  await expect(running).rejects.toThrow('no file descriptors left');
  expect(notes).toEqual(['uplink stops', 'uplink ended']);
});

test('a part that ends by itself is a failure', async () => {
  const ending: Part = { name: 'poller', graceMs: 1000, run: () => Promise.resolve() };
  await expect(supervise([ending], new AbortController().signal, log)).rejects.toThrow('BUG: poller ended by itself');
});

test('a part that does not finish in time does not keep the ones behind it from finishing', async () => {
  const notes: string[] = [];
  const stuck = { ...part('poller', notes, () => new Promise(() => undefined)), graceMs: 5 };
  const stop = new AbortController();
  const running = supervise([stuck, part('uplink', notes)], stop.signal, log);
  stop.abort();
  await running;
  expect(notes).toEqual(['poller stops', 'uplink stops', 'uplink ended']);
});

test('a stop before the start still lets every part run and finish', async () => {
  const notes: string[] = [];
  const quick: Part = {
    name: 'batcher',
    graceMs: 1000,
    run: (signal) => aborted(signal).then(() => void notes.push('finished')),
  };
  await supervise([quick], AbortSignal.abort(), log);
  expect(notes).toEqual(['finished']);
});
