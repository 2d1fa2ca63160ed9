import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DialectName } from '../dialects/dialect.ts';
import { planFleet } from '../fleet.ts';
import type { RouterPlan } from '../router-plan.ts';
import { createWorld, type RouterModel } from '../traffic/world.ts';
import { createSentenceParser, encodeSentences } from './codec.ts';
import { createSession } from './session.ts';
import { simulatedRouter } from './simulated-router.ts';

const START = Date.UTC(2026, 5, 1, 12);
const TWO_TRAPS = ['!trap', '!trap', '!done'];

/** A logged-in session with a router of this kind; the peer takes more bytes only when `drain` is called. */
function dial(dialect: DialectName, board: RouterPlan['board'], suits: (model: RouterModel) => boolean = () => true) {
  const fleet = planFleet({ routers: 120, sites: 1, seed: 1, startMs: START });
  const world = createWorld({ ...fleet, routers: fleet.routers.map((one) => ({ ...one, board, dialect })) });
  const model = world.routers.find(suits);
  if (model === undefined) throw new Error('no such router');
  const parser = createSentenceParser({ wordBytesMax: 1_000_000, wordsMax: 1_000 });
  const state = {
    nowMs: START,
    bytes: [] as Buffer[],
    sent: [] as Buffer[],
    waiting: [] as (() => void)[],
    served: [] as unknown[][],
  };
  const session = createSession(simulatedRouter(model, { served: (...line) => state.served.push(line) }), {
    nowMs: () => state.nowMs,
    challengeBytes: () => Buffer.alloc(16, 7),
    send(bytes) {
      state.bytes.push(bytes);
      state.sent.push(bytes);
    },
    whenWritable: (resume) => state.waiting.push(resume),
    end: () => {},
    cut: () => {},
  });
  const replies = (): string[][] => state.bytes.splice(0).flatMap((bytes) => parser.push(bytes));
  const say = (...words: string[]): string[][] => {
    session.receive(encodeSentences([words]));
    return replies();
  };
  const drain = (): string[][] => {
    for (const resume of state.waiting.splice(0)) resume();
    return replies();
  };
  say('/login', '=name=poplar', '=password=simulated');
  return { model, state, say, replies, drain };
}

const words = (sentences: readonly string[][]): (string | undefined)[] => sentences.map(([word]) => word);

describe('large tables', () => {
  it('are counted without being sent', () => {
    const { say } = dial('7.20', 'ccr2216');
    const [[done, count] = []] = say('/ip/route/print', '=count-only=');
    expect(done).toBe('!done');
    expect(Number(count?.slice('=ret='.length))).toBeGreaterThan(20_000);
  });

  it('are sent as fast as the peer takes them, from the moment of the command', () => {
    const { state, say, drain, model } = dial('7.18', 'ccr2004');
    const [[, count] = []] = say('/ip/arp/print', '=count-only=');
    const rows = say('/ip/arp/print', '=.proplist=address', '.tag=1');
    expect(rows.length).toBe(256);
    state.nowMs += 60_000;
    while (state.waiting.length > 0) rows.push(...drain());
    expect(rows.at(-1)).toEqual(['!done', '.tag=1']);
    expect(rows.length - 1).toBe(Number(count?.slice('=ret='.length)));
    expect(new Set(rows.map(([, , address]) => address)).size).toBe(rows.length);
    expect(state.served).toEqual([
      [START, model.plan.index, '/ip/arp count-only', 1],
      [START, model.plan.index, '/ip/arp', rows.length - 1],
    ]);
  });

  it('leave room for other commands, and end where they are cancelled', () => {
    const { state, say, drain } = dial('7.18', 'ccr2004');
    say('/ip/route/print', '.tag=1');
    expect(words(say('/system/identity/print', '.tag=2'))).toEqual(['!re', '!done']);
    expect(drain().length).toBe(256);
    expect(say('/cancel', '=tag=1', '.tag=3').map(([word, tag]) => `${word} ${tag}`)).toEqual([
      '!trap .tag=1',
      '!done .tag=3',
      '!done .tag=1',
    ]);
    expect(drain()).toEqual([]);
    expect(state.waiting).toEqual([]);
  });

  it('answer queries and counts with places that are free left out', () => {
    const { say, drain, state } = dial('6.49', 'rb4011');
    const all = say('/ip/dhcp-server/lease/print');
    while (state.waiting.length > 0) all.push(...drain());
    const bound = all.filter((row) => row.includes('=status=bound')).length;
    expect(bound).toBeGreaterThan(10);
    expect(all.length - 1).toBeGreaterThan(bound);
    expect(say('/ip/dhcp-server/lease/print', '?status=bound', '=count-only=')).toEqual([['!done', `=ret=${bound}`]]);
  });

  it('announce that they are empty from 7.18 on only', () => {
    expect(words(dial('7.18', 'wap-ax').say('/queue/simple/print'))).toEqual(['!empty', '!done']);
    expect(words(dial('7.13', 'wap-ax').say('/queue/simple/print'))).toEqual(['!done']);
  });
});

describe('monitors', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('number their answers where they last for a time, and go on for ever otherwise', () => {
    const { say, replies, state } = dial('7.20', 'rb5009');
    const pass = (ms: number): string[][] => {
      state.nowMs += ms;
      vi.advanceTimersByTime(ms);
      return replies();
    };
    const sections = [
      ...say('/interface/monitor-traffic', '=interface=ether1', '=duration=2s', '=.proplist=name'),
      ...pass(1_000),
      ...pass(1_000),
    ];
    expect(sections).toEqual([['!re', '=name=ether1', '=.section=0'], ['!re', '=name=ether1', '=.section=1'], ['!done']]);
    say('/interface/ethernet/monitor', '=numbers=ether1,ether2', '=interval=5s');
    for (let time = 0; time < 20; time++) expect(words(pass(5_000))).toEqual(['!re', '!re']);
    say('/cancel');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('have another name for LTE on v6 than on v7, each without the other', () => {
    const old = dial('6.49', 'sxt-lte');
    expect(words(old.say('/interface/lte/info', '=number=lte1', '=once='))).toEqual(['!re', '!done']);
    expect(words(old.say('/interface/lte/monitor', '=numbers=lte1', '=once='))).toEqual(TWO_TRAPS);
    const recent = dial('7.20', 'chateau-5g');
    expect(words(recent.say('/interface/lte/monitor', '=numbers=lte1', '=once='))).toEqual(['!re', '!done']);
    expect(words(recent.say('/interface/lte/info', '=number=lte1', '=once='))).toEqual(TWO_TRAPS);
  });

  it('repeat the attribute of a modem that joins several carriers', () => {
    const [row = []] = dial('7.20', 'chateau-5g').say('/interface/lte/monitor', '=numbers=lte1', '=once=');
    expect(row.filter((word) => word.startsWith('=ca-band=')).length).toBe(2);
    expect(row).toContain('=data-class=5G NSA');
  });

  it('measure the traffic of the last second', () => {
    const { say, model, state } = dial('7.20', 'rb5009');
    const [row = []] = say('/interface/monitor-traffic', '=interface=ether1', '=once=');
    const at = (ms: number): number => model.interfaces.at(model.bootAt(ms), ms)[0]?.rxBytes ?? 0;
    expect(row).toContain(`=rx-bits-per-second=${8 * (at(state.nowMs) - at(state.nowMs - 1_000))}`);
  });
});

describe('listening', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('tells who came and who went, and nothing about counters', () => {
    const { say, replies, state, model } = dial('7.20', 'wap-ax', (one) => one.clientsAt(START).length > 5);
    expect(say('/interface/wifi/registration-table/listen', '.tag=1')).toEqual([]);
    const told: string[][] = [];
    for (let second = 0; second < 3_600; second++) {
      state.nowMs += 1_000;
      vi.advanceTimersByTime(1_000);
      told.push(...replies());
    }
    const gone = told.filter((row) => row.includes('=.dead=true'));
    const came = told.filter((row) => !row.includes('=.dead=true'));
    expect(gone.length).toBeGreaterThan(3);
    expect(came.length).toBeGreaterThan(3);
    expect(gone.every((row) => row.length === 4)).toBe(true);
    expect(came.every((row) => row.some((word) => word.startsWith('=signal=')))).toBe(true);
    // Whoever came and did not go is there; each client comes and goes a few times an hour, not at every look.
    expect(told.length).toBeLessThan(200);
    expect(model.clientsAt(state.nowMs).length).toBe(model.clientsAt(START).length + came.length - gone.length);
    say('/cancel', '=tag=1');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may follow a print', () => {
    const { say } = dial('7.20', 'wap-ax');
    const rows = say('/interface/print', '=follow=', '=.proplist=name');
    expect(words(rows).every((word) => word === '!re')).toBe(true);
    expect(rows.length).toBeGreaterThan(4);
    expect(say('/interface/print', '=follow-only=')).toEqual([]);
    expect(words(say('/cancel'))).toEqual(['!trap', '!trap', '!done', '!done', '!done']);
  });

  it('is not possible where nothing but counters changes', () => {
    expect(words(dial('7.20', 'ccr2216').say('/queue/simple/listen'))).toEqual(TWO_TRAPS);
  });
});

describe('words', () => {
  it('take three bytes of length where they are long', () => {
    const { state, say } = dial('7.20', 'rb5009');
    const [row = []] = say('/system/script/print', '=.proplist=source');
    const length = row[1]?.length ?? 0;
    expect(length).toBeGreaterThan(0x4000);
    const head = Buffer.from([0xc0 + (length >> 16), (length >> 8) & 0xff, length & 0xff]);
    expect(Buffer.concat(state.sent).includes(Buffer.concat([head, Buffer.from('=source=')]))).toBe(true);
  });

  it.each([
    ['utf-8', 'utf8'],
    ['latin1', 'latin1'],
  ] as const)('of a router with texts in %s are its bytes', (codePage, encoding) => {
    const foreign = (model: RouterModel): boolean =>
      model.codePage === codePage && model.interfaces.specs.some(({ comment }) => /[^ -~]/.test(comment));
    const { model, state, say } = dial('6.49', 'crs326', foreign);
    const comment = model.interfaces.specs.map((spec) => spec.comment).find((text) => /[^ -~]/.test(text)) ?? '';
    say('/interface/print', '=.proplist=comment');
    const word = Buffer.concat([Buffer.from('=comment='), Buffer.from(comment, encoding)]);
    expect(Buffer.concat(state.sent).includes(word)).toBe(true);
  });
});

describe('menus that a router does not have', () => {
  it.each([
    ['7.20', 'rb5009', '/interface/ethernet/poe/print'],
    ['7.20', 'chr', '/system/health/print'],
    ['7.20', 'hap-ac3', '/interface/lte/print'],
    ['7.20', 'hap-ac3', '/interface/wireless/print'],
    ['7.12', 'hap-ac3', '/interface/wifi/print'],
    ['7.12', 'hap-ac3', '/interface/wireless/print'],
    ['7.12', 'hap-ac2', '/interface/wifiwave2/print'],
    ['7.20', 'wap-ax', '/caps-man/registration-table/print'],
    ['6.49', 'ccr1036', '/routing/bgp/session/print'],
    ['7.20', 'ccr2216', '/routing/bgp/peer/print'],
    ['7.20', 'sxt-lte', '/interface/w60g/print'],
  ] as const)('in %s on %s, as %s, are answered with two traps', (dialect, board, command) => {
    expect(words(dial(dialect, board).say(command))).toEqual(TWO_TRAPS);
  });

  it.each([
    ['6.49', 'hap-ac3', '/interface/wireless/registration-table/print'],
    ['7.12', 'hap-ac3', '/interface/wifiwave2/registration-table/print'],
    ['7.13', 'hap-ac3', '/interface/wifi/registration-table/print'],
    ['7.20', 'hap-ac2', '/interface/wireless/registration-table/print'],
    ['6.49', 'ccr1036', '/caps-man/registration-table/print'],
    ['7.18', 'ccr1036', '/caps-man/registration-table/print'],
  ] as const)('have their counterpart: in %s the clients of %s are in %s', (dialect, board, command) => {
    const { say } = dial(dialect, board, (model) => model.clientsAt(START).length > 0);
    expect(say(command).length).toBeGreaterThan(1);
  });
});
