import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { planFleet } from '../fleet.ts';
import { createSentenceParser, encodeSentences } from '../routers/codec.ts';
import { createSession } from '../routers/session.ts';
import { dialectFor, replayedRouter } from './replayed-router.ts';
import { createTimeline } from './timeline.ts';
import type { RecordedCommand } from './transcript.ts';

const START = Date.UTC(2026, 5, 1, 12);
const PLAN = planFleet({ routers: 1, sites: 1, seed: 1, startMs: START }).routers[0];
const RESOURCE = '/system/resource/print';
const DONE = ['!done', '.tag=7'];

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

function recorded(atMs: number, path: string, reply: string[][], more: Partial<RecordedCommand> = {}): RecordedCommand {
  return { atMs, tookUs: 0, words: [path], reply, bytes: 0, complete: true, ...more };
}

/** Two polls in ten seconds, hence a round of twenty. */
const COMMANDS: readonly RecordedCommand[] = [
  recorded(0, RESOURCE, [['!re', '=uptime=1d5s', '=mac=02:00:00:FF:FF:01'], ['!done']]),
  recorded(10_000, RESOURCE, [['!re', '=uptime=1d15s', '=mac=02:00:00:FF:FF:01'], ['!done']]),
  recorded(1, '/ca/monitor', [['!re', '=ca-band=B7', '=ca-band=B20', '=comment=B\xfcro'], ['!empty'], ['!done', '=ret=4']]),
  recorded(2, '/absent/print', [
    ['!trap', '=category=0', '=message=no such command or directory (absent)'],
    ['!trap', '=message=no such command prefix'],
    ['!done'],
  ]),
  recorded(3, '/slow/print', [['!re', '=a=1'], ['!done']], { tookUs: 400_000 }),
  recorded(4, '/silent/print', [['!re', '=a=1']], { complete: false, tookUs: 5_000_000 }),
  recorded(5, '/last/print', [['!fatal', 'session terminated on request']]),
];

/** A logged-in session with a replayed router. */
function dial({ speed = 1, copy = 0 } = {}) {
  if (PLAN === undefined) throw new Error('no plan');
  const heard = { ended: 'open', answered: 0, missed: [] as string[], out: [] as string[][] };
  const header = { recordedAt: '', routeros: '7.18.2 (stable)', board: '', agent: '', scrubbed: [], kept: [] };
  const router = replayedRouter(PLAN, {
    timeline: createTimeline({ header, commands: COMMANDS }),
    routeros: header.routeros,
    startMs: START,
    speed,
    copy,
    metrics: { answered: () => void heard.answered++, missed: (words) => heard.missed.push(words) },
  });
  const parser = createSentenceParser(undefined, 'latin1');
  const session = createSession(router, {
    nowMs: Date.now,
    challengeBytes: () => Buffer.alloc(16),
    send: (bytes) => heard.out.push(...parser.push(bytes)),
    whenWritable: (resume) => void setImmediate(resume),
    end: () => (heard.ended = 'ended'),
    cut: () => (heard.ended = 'cut'),
  });
  const say = (...words: string[]): string[][] => {
    session.receive(encodeSentences([words]));
    return heard.out.splice(0);
  };
  say('/login', `=name=${PLAN.user}`, `=password=${PLAN.password}`);
  return { heard, say, ask: (path: string) => say(path, '.tag=7') };
}

describe('a replayed router', () => {
  it('answers as recorded, byte by byte, with repeated attributes and its own tag', () => {
    const { heard, ask } = dial();
    expect(ask('/ca/monitor')).toEqual([
      ['!re', '.tag=7', '=ca-band=B7', '=ca-band=B20', '=comment=B\xfcro'],
      ['!empty', '.tag=7'],
      ['!done', '.tag=7', '=ret=4'],
    ]);
    expect(ask('/last/print')).toEqual([['!fatal', 'session terminated on request']]);
    expect(heard).toMatchObject({ answered: 2, ended: 'ended' });
    expect(ask('/ca/monitor')).toEqual([]);
  });

  it('goes on with the time, and reboots where the recording starts anew', () => {
    const { heard, ask } = dial();
    const uptime = (): string | undefined => ask(RESOURCE)[0]?.[2];
    expect(uptime()).toBe('=uptime=1d5s');
    vi.setSystemTime(START + 7000);
    expect(uptime()).toBe('=uptime=1d12s');
    vi.setSystemTime(START + 19_000);
    expect(uptime()).toBe('=uptime=1d24s');
    vi.setSystemTime(START + 21_000);
    expect(ask(RESOURCE)).toEqual([]);
    expect(heard.ended).toBe('cut');
    expect(dial().ask(RESOURCE)[0]?.[2]).toBe('=uptime=1s');
  });

  it('goes faster when told to', () => {
    const { ask } = dial({ speed: 10 });
    vi.setSystemTime(START + 1500);
    expect(ask(RESOURCE)[0]?.[2]).toBe('=uptime=1d20s');
  });

  it('takes as long as the router took, and never ends what did not end', () => {
    const { heard, ask } = dial();
    expect(ask('/slow/print')).toEqual([]);
    vi.advanceTimersByTime(399);
    expect(heard.out).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(heard.out.splice(0)).toEqual([['!re', '.tag=7', '=a=1'], DONE]);
    expect(ask('/silent/print')).toEqual([['!re', '.tag=7', '=a=1']]);
    vi.advanceTimersByTime(60_000);
    expect(heard.out).toEqual([]);
  });

  it('can be told to stop a command that has not been answered yet', () => {
    const { heard, ask, say } = dial();
    ask('/slow/print');
    expect(say('/cancel', '=tag=7', '.tag=8')).toEqual([
      ['!trap', '.tag=7', '=category=2', '=message=interrupted'],
      ['!done', '.tag=8'],
      DONE,
    ]);
    vi.advanceTimersByTime(1000);
    expect(heard.out).toEqual([]);
  });

  it('says what is not in the transcript, and what the router did not have', () => {
    const { heard, ask, say } = dial();
    expect(say('/ip/route/print', '=count-only=', '.tag=7')).toEqual([
      ['!trap', '.tag=7', '=message=failure: not in the transcript'],
      DONE,
    ]);
    expect(heard.missed).toEqual(['/ip/route/print =count-only=']);
    expect(ask('/absent/monitor').map(([type]) => type)).toEqual(['!trap', '!trap', '!done']);
    expect(heard.missed).toHaveLength(1);
  });

  it('is another device, elsewhere in time, when it is a further copy', () => {
    const answers = [0, 1, 2, 300].map((copy) => dial({ copy }).ask(RESOURCE)[0] ?? []);
    expect(answers.map((words) => words[3])).toEqual(
      ['02:00:00:FF:FF:01', '02:00:01:FF:FF:01', '02:00:02:FF:FF:01', '02:01:2C:FF:FF:01'].map((mac) => `=mac=${mac}`),
    );
    expect(new Set(answers.map((words) => words[2])).size).toBe(4);
  });

  it.each([
    ['7.18.2 (stable)', '7.18'],
    ['7.17', '7.13'],
    ['7.21beta3', '7.20'],
    ['6.45.1 (stable)', '6.44'],
    ['6.27', '6.42'],
    ['8.0', '7.20'],
    ['', '6.42'],
  ])('of version %j logs in like %s', (version, dialect) => {
    expect(dialectFor(version)).toBe(dialect);
  });
});
