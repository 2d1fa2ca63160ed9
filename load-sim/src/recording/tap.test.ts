import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSentences, ProtocolFault } from '../routers/codec.ts';
import { createTap, EndlessReply, REPLY_BYTES_MAX } from './tap.ts';
import type { RecordedCommand } from './transcript.ts';

function listen() {
  const heard = { commands: [] as RecordedCommand[], accepted: 0, refused: [] as string[], nowUs: 0 };
  const tap = createTap({
    nowUs: () => heard.nowUs,
    onCommand: (command) => heard.commands.push(command),
    onLoginAccepted: () => void heard.accepted++,
    onLoginRefused: (message) => heard.refused.push(message),
  });
  return {
    heard,
    tap,
    ask: (...words: string[]) => tap.fromAgent(encodeSentences([words], 'latin1')),
    answer: (...sentences: string[][]) => tap.fromRouter(encodeSentences(sentences, 'latin1')),
  };
}

describe('the tap', () => {
  it('pairs commands with their answers, also of several at once', () => {
    const { heard, ask, answer } = listen();
    heard.nowUs = 5000;
    ask('/interface/print', '=.proplist=name', '.tag=1');
    ask('/system/identity/print', '.tag=2');
    answer(['!re', '.tag=1', '=name=B\xfcro'], ['!re', '.tag=2', '=name=x']);
    heard.nowUs = 7500;
    answer(['!done', '.tag=2'], ['!trap', '.tag=1', '=message=interrupted'], ['!done', '.tag=1']);
    expect(heard.commands).toEqual([
      {
        atMs: 5,
        tookUs: 2500,
        words: ['/system/identity/print'],
        reply: [['!re', '=name=x'], ['!done']],
        bytes: 34,
        complete: true,
      },
      {
        atMs: 5,
        tookUs: 2500,
        words: ['/interface/print', '=.proplist=name'],
        reply: [['!re', '=name=B\xfcro'], ['!trap', '=message=interrupted'], ['!done']],
        bytes: 72,
        complete: true,
      },
    ]);
  });

  it('hears the same whatever the segments', () => {
    const bytes = encodeSentences([
      ['!re', '.tag=1', `=name=${'x'.repeat(300)}`],
      ['!re', '.tag=1'],
      ['!done', '.tag=1'],
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 9 }), (cuts) => {
        const { heard, tap, ask } = listen();
        ask('/interface/print', '.tag=1');
        const at = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
        for (const [index, from] of at.entries()) tap.fromRouter(bytes.subarray(from, at[index + 1] ?? from));
        expect(heard.commands[0]).toMatchObject({ bytes: bytes.length, complete: true, reply: { length: 3 } });
      }),
    );
  });

  it('never tells of a login, and says how it went', () => {
    const { heard, ask, answer } = listen();
    ask('/login', '=name=u', '=password=hunter2', '.tag=1');
    answer(['!trap', '.tag=1', '=message=invalid user name or password (6)'], ['!done', '.tag=1']);
    ask('/login', '=name=u', '=password=hunter2', '.tag=2');
    answer(['!done', '.tag=2', '=ret=00112233445566778899aabbccddeeff']);
    expect(heard).toMatchObject({ accepted: 0, refused: ['invalid user name or password (6)'] });
    ask('/login', '=name=u', '=response=00aa', '.tag=3');
    answer(['!done', '.tag=3']);
    expect(heard).toMatchObject({ accepted: 1, commands: [] });
    ask('/login', '=name=u', '.tag=4');
    answer(['!fatal', 'too many commands before login']);
    expect(heard).toMatchObject({ commands: [], refused: [expect.anything(), 'too many commands before login'] });
  });

  it('tells what was answered in part when the connection is over, and what a fatal end left', () => {
    const { heard, tap, ask, answer } = listen();
    ask('/a/print', '.tag=1');
    answer(['!re', '.tag=1', '=a=1'], ['!re', '.tag=77', '=stray=1']);
    tap.close();
    tap.close();
    ask('/b/print', '.tag=2');
    answer(['!fatal', 'session terminated on request']);
    expect(heard.commands.map(({ words, reply, complete }) => ({ words, reply, complete }))).toEqual([
      { words: ['/a/print'], reply: [['!re', '=a=1']], complete: false },
      { words: ['/b/print'], reply: [['!fatal', 'session terminated on request']], complete: true },
    ]);
  });

  it('ends an answer that does not end, a word that is too long, and bytes that are no sentence', () => {
    const endless = listen();
    endless.ask('/a/print', '.tag=1');
    const chunk = encodeSentences(Array.from({ length: 1000 }, () => ['!re', '.tag=1', `=name=${'x'.repeat(1000)}`]));
    expect(() => {
      for (let sent = 0; sent < 2 * REPLY_BYTES_MAX; sent += chunk.length) endless.tap.fromRouter(chunk);
    }).toThrow(EndlessReply);
    // A hundred megabytes are announced: nothing waits for them.
    expect(() => listen().tap.fromRouter(Buffer.from([0xe5, 0xf5, 0xe1, 0x00]))).toThrow(ProtocolFault);
    expect(() => listen().tap.fromRouter(Buffer.alloc(8, 0xff))).toThrow(ProtocolFault);
    const asking = listen();
    expect(() => {
      for (let tag = 0; tag < 1000; tag++) asking.ask('/a/print', `.tag=${tag}`);
    }).toThrow(EndlessReply);
  });
});
