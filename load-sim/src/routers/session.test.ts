import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DialectName } from '../dialects/dialect.ts';
import { planFleet } from '../fleet.ts';
import type { RouterPlan } from '../router-plan.ts';
import { createWorld } from '../traffic/world.ts';
import { createSentenceParser, encodeSentences } from './codec.ts';
import { md5Proof } from './login.ts';
import { createSession } from './session.ts';
import { simulatedRouter } from './simulated-router.ts';

const START = Date.UTC(2026, 5, 1, 12);
const CHALLENGE = Buffer.alloc(16, 7);

/** A session with a router of this kind, talked to in sentences. */
function dial(dialect: DialectName, board: RouterPlan['board'], plan: Partial<RouterPlan> = {}) {
  const fleet = planFleet({ routers: 1, sites: 1, seed: 1, startMs: START });
  const world = createWorld({ ...fleet, routers: fleet.routers.map((one) => ({ ...one, board, dialect, ...plan })) });
  const [model] = world.routers;
  if (model === undefined) throw new Error('no router');
  const parser = createSentenceParser({ wordBytesMax: 1_000_000, wordsMax: 1_000 });
  const state = { nowMs: START, ended: 'open', sends: 0, served: [] as unknown[][], pending: [] as string[][] };
  const session = createSession(simulatedRouter(model, { served: (...line) => state.served.push(line) }), {
    nowMs: () => state.nowMs,
    challengeBytes: () => CHALLENGE,
    send(bytes) {
      state.sends++;
      state.pending.push(...parser.push(bytes));
    },
    whenWritable: (resume) => void setImmediate(resume),
    end: () => (state.ended = 'ended'),
    cut: () => (state.ended = 'cut'),
  });
  const replies = (): string[][] => state.pending.splice(0);
  const say = (...words: string[]): string[][] => {
    session.receive(encodeSentences([words]));
    return replies();
  };
  return { state, session, say, replies, login: () => say('/login', '=name=poplar', '=password=simulated') };
}

const DONE = [['!done']];

describe('login', () => {
  it('takes name and password at once from 6.45.1 on', () => {
    for (const dialect of ['6.49', '7.18'] as const) expect(dial(dialect, 'rb4011').login()).toEqual(DONE);
  });

  it('asks old clients for an MD5 proof before 6.43, and ignores a password in the clear', () => {
    const { say, login } = dial('6.42', 'hap-ac2');
    expect(login()).toEqual([['!done', `=ret=${CHALLENGE.toString('hex')}`]]);
    expect(say('/login', '=name=poplar', `=response=00${md5Proof('simulated', CHALLENGE)}`)).toEqual(DONE);
    expect(say('/system/identity/print')[0]?.[0]).toBe('!re');
  });

  it('takes both in 6.43 and 6.44', () => {
    expect(dial('6.44', 'hap-ac2').login()).toEqual(DONE);
    const { say } = dial('6.44', 'hap-ac2');
    expect(say('/login')[0]).toEqual(['!done', `=ret=${CHALLENGE.toString('hex')}`]);
    expect(say('/login', '=name=poplar', `=response=00${md5Proof('simulated', CHALLENGE)}`)).toEqual(DONE);
  });

  it('refuses a proof without a challenge, and a challenge used twice', () => {
    const proof = `=response=00${md5Proof('simulated', CHALLENGE)}`;
    const { say } = dial('6.42', 'hap-ac2');
    expect(say('/login', '=name=poplar', proof)[0]).toEqual(['!trap', '=message=cannot log in']);
    say('/login');
    expect(say('/login', '=name=other', proof)[0]?.[0]).toBe('!trap');
    expect(say('/login', '=name=poplar', proof)[0]?.[0]).toBe('!trap');
  });

  it('answers a wrong password with a trap, and too many with the end', () => {
    const { say, state } = dial('6.49', 'rb4011');
    for (let time = 0; time < 4; time++) {
      expect(say('/login', '=name=poplar', '=password=wrong', '.tag=1')).toEqual([
        ['!trap', '.tag=1', '=message=invalid user name or password (6)'],
        ['!done', '.tag=1'],
      ]);
    }
    expect(say('/login', '=name=poplar', '=password=wrong')).toEqual([['!fatal', 'too many commands before login']]);
    expect(state.ended).toBe('ended');
  });

  it('is refused with the right password where the plan says so', () => {
    expect(dial('7.18', 'rb5009', { refusesLogin: true }).login()[0]?.[0]).toBe('!trap');
  });

  it('comes before everything else', () => {
    const { say, state } = dial('7.18', 'rb5009');
    expect(say('/system/resource/print', '.tag=4')).toEqual([['!fatal', 'not logged in']]);
    expect(state.ended).toBe('ended');
  });
});

describe('a session', () => {
  it('echoes a tag as the second word, and only where one was sent', () => {
    const { say, login } = dial('7.18', 'rb5009');
    login();
    expect(say('/system/identity/print', '.tag=a=b')).toEqual([
      ['!re', '.tag=a=b', '=name=fra1-rb5009-r0001'],
      ['!done', '.tag=a=b'],
    ]);
    expect(say('/system/identity/print')).toEqual([['!re', '=name=fra1-rb5009-r0001'], ['!done']]);
  });

  it('sends all replies to a chunk at once', () => {
    const { session, state, login } = dial('7.18', 'rb5009');
    login();
    state.sends = 0;
    session.receive(
      encodeSentences([
        ['/interface/print', '.tag=1'],
        ['/system/resource/print', '.tag=2'],
      ]),
    );
    expect(state.sends).toBe(1);
  });

  it('leaves out what .proplist does not name, and ignores unknown names', () => {
    const { say, login } = dial('7.18', 'rb5009');
    login();
    expect(say('/interface/print', '=.proplist=name,nonsense,type', '?type=loopback')).toEqual([
      ['!re', '=name=lo', '=type=loopback'],
      ['!done'],
    ]);
  });

  it('counts rows instead of sending them', () => {
    const { say, login, state } = dial('7.18', 'rb5009');
    login();
    expect(say('/interface/print', '=count-only=', '?type=ether')).toEqual([['!done', '=ret=9']]);
    expect(state.served.map(([, , menu, rows]) => [menu, rows])).toEqual([['/interface count-only ?type=ether', 1]]);
  });

  it('announces an empty result from 7.18 on only', () => {
    const recent = dial('7.18', 'rb5009');
    recent.login();
    expect(recent.say('/interface/wifi/registration-table/print', '.tag=1')).toEqual([
      ['!empty', '.tag=1'],
      ['!done', '.tag=1'],
    ]);
    const old = dial('6.49', 'rb4011');
    old.login();
    expect(old.say('/interface/wireless/registration-table/print')).toEqual(DONE);
  });

  it.each([
    ['7.18', 'rb5009', '/interface/wireless/registration-table/print', 'wireless'],
    ['6.49', 'crs326', '/interface/wireless/print', 'wireless'],
    ['6.49', 'hap-ac2', '/interface/wifi/registration-table/print', 'wifi'],
    ['6.49', 'hap-ac2', '/interface/wifiwave2/print', 'wifiwave2'],
    ['7.18', 'wap-ax', '/caps-man/registration-table/print', 'caps-man'],
    ['7.18', 'wap-ax', '/interface/frobnicate', 'frobnicate'],
    ['7.18', 'wap-ax', 'nonsense', ''],
  ] as const)('of %s on %s answers %s with two traps', (dialect, board, command, part) => {
    const { say, login } = dial(dialect, board);
    login();
    expect(say(command, '.tag=9')).toEqual([
      ['!trap', '.tag=9', '=category=0', `=message=no such command or directory (${part})`],
      ['!trap', '.tag=9', '=message=no such command prefix'],
      ['!done', '.tag=9'],
    ]);
  });

  it('lets nobody write', () => {
    const { say, login } = dial('7.18', 'rb5009');
    login();
    expect(say('/system/identity/set', '=name=x')).toEqual([['!trap', '=message=not enough permissions (9)'], ['!done']]);
  });

  it('ends on request with a reason and without a tag', () => {
    const { say, login, state } = dial('7.18', 'rb5009');
    login();
    expect(say('/quit', '.tag=1')).toEqual([['!fatal', 'session terminated on request']]);
    expect(state.ended).toBe('ended');
    expect(say('/system/identity/print')).toEqual([]);
  });

  it('is cut by bytes that are not the protocol', () => {
    const { session, login, state } = dial('7.18', 'rb5009');
    login();
    session.receive(Buffer.from('ff00', 'hex'));
    expect(state.ended).toBe('cut');
  });

  it('does not outlive a reboot', () => {
    const { say, login, state } = dial('7.18', 'rb5009');
    login();
    state.nowMs += 40 * 86_400_000;
    expect(say('/system/identity/print')).toEqual([]);
    expect(state.ended).toBe('cut');
  });

  it('records whole prints with the time of their state', () => {
    const { say, login, state } = dial('6.49', 'hap-ac2');
    login();
    const rows = say('/interface/print', '=.proplist=name').length - 1;
    say('/interface/print', '?type=ether');
    say('/system/resource/print');
    say('/interface/wifi/print');
    expect(state.served).toEqual([
      [START, 0, '/interface', rows],
      [START, 0, '/system/resource', 1],
    ]);
  });
});

describe('commands that go on', () => {
  afterEach(() => vi.useRealTimers());

  it('answer once, for a time, or until they are cancelled', () => {
    vi.useFakeTimers();
    const { say, replies, login, state } = dial('7.18', 'rb5009');
    const pass = (ms: number): void => {
      state.nowMs += ms;
      vi.advanceTimersByTime(ms);
    };
    login();
    expect(say('/interface/ethernet/monitor', '=numbers=ether1,ether2', '=once=').map(([word]) => word)).toEqual([
      '!re',
      '!re',
      '!done',
    ]);

    expect(say('/interface/ethernet/monitor', '=numbers=ether1', '=duration=2s', '.tag=1').length).toBe(1);
    pass(1_000);
    pass(1_000);
    expect(replies().map(([word]) => word)).toEqual(['!re', '!done']);

    say('/interface/ethernet/monitor', '=numbers=ether1', '.tag=2');
    pass(3_000);
    expect(replies().length).toBe(3);
    expect(say('/cancel', '=tag=2', '.tag=3')).toEqual([
      ['!trap', '.tag=2', '=category=2', '=message=interrupted'],
      ['!done', '.tag=3'],
      ['!done', '.tag=2'],
    ]);
    pass(3_000);
    expect(replies()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are cancelled together where no tag is named, and stop with the session', () => {
    vi.useFakeTimers();
    const { say, session, login } = dial('7.18', 'wap-ax');
    login();
    say('/interface/wifi/monitor', '=numbers=wifi1', '.tag=1');
    say('/system/resource/print', '=interval=5s', '.tag=2');
    expect(say('/cancel').map(([word, tag]) => `${word} ${tag ?? ''}`)).toEqual([
      '!trap .tag=1',
      '!trap .tag=2',
      '!done ',
      '!done .tag=1',
      '!done .tag=2',
    ]);
    say('/interface/wifi/monitor', '=numbers=wifi1');
    session.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('need not run to be cancelled where logins have a challenge', () => {
    const { say, login } = dial('6.44', 'hap-ac2');
    login();
    expect(say('/cancel', '=tag=login')).toEqual(DONE);
    const { say: sayToOther, login: loginToOther } = dial('7.18', 'hap-ac2');
    loginToOther();
    expect(sayToOther('/cancel', '=tag=login')).toEqual([['!trap', '=category=0', '=message=no such item'], ['!done']]);
  });

  it('need an interface that exists', () => {
    const { say, login } = dial('6.49', 'hap-ac2');
    login();
    expect(say('/interface/wireless/monitor', '=numbers=wlan9', '=once=')[0]).toEqual([
      '!trap',
      '=category=0',
      '=message=no such item',
    ]);
    expect(say('/interface/wireless/monitor', '=numbers=wlan1', '=once=')[0]?.slice(0, 2)).toEqual(['!re', '=status=running-ap']);
  });
});
