/** What a client makes of answers however the network cuts them: TCP's segments, and TLS's records, mean nothing. */
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Peer, sentenceBytes, tagOf } from '../../routeros/scripted-router.ts';
import { DEADLINES, type Fixture, valuesOf } from './fixture.ts';

/** Long enough that the length of its word takes two bytes, both of which count. */
const VALUE = 'v'.repeat(300);

/** One command's answer. */
interface Answer {
  readonly rows: readonly string[];
  readonly traps: readonly string[];
  readonly sentences: readonly string[][];
}

/** What the router says to several commands in flight, and how it sends it. */
interface Plan {
  readonly answers: readonly Answer[];
  /** Which of the commands that are not yet answered is served next. */
  readonly turns: readonly number[];
  readonly sizes: readonly number[];
  readonly tagLast: boolean;
}

export function describeSegmentation({ dial, addressOf, start, admitting, answering }: Fixture): void {
  const answerBytes = (command: readonly string[]): Buffer => {
    const tag = tagOf(command) ?? '';
    return sentenceBytes(['!re', tag, `=a=${VALUE}`], ['!done', tag]);
  };

  describe('segments', () => {
    it('may be single bytes', async () => {
      await using router = await answering((command, peer) => void sendApart(peer, cut(answerBytes(command), [1])));
      const client = await dial(addressOf(router), DEADLINES);
      expect(valuesOf(await client.command(['/x/print']), 'a')).toEqual([VALUE]);
      client.close();
    });

    it('may be single bytes during the login too', async () => {
      await using router = await start(async (peer) => {
        const login = await peer.next();
        await sendApart(peer, cut(sentenceBytes(['!done', tagOf(login) ?? '']), [1]));
      });
      const client = await dial(addressOf(router), DEADLINES);
      expect(client.ended).toBeUndefined();
      client.close();
    });

    it('may come a byte per millisecond: an answer is there with its last byte', async () => {
      await using router = await answering((command, peer) => {
        const drip = async (): Promise<void> => {
          for (const byte of answerBytes(command)) {
            if (peer.socket.writable) peer.socket.write(Buffer.of(byte));
            await delay(1);
          }
        };
        void drip();
      });
      const client = await dial(addressOf(router), DEADLINES);
      expect(valuesOf(await client.command(['/x/print']), 'a')).toEqual([VALUE]);
      client.close();
    });

    it('may end within a length of two bytes', async () => {
      await using router = await answering((command, peer) => {
        const bytes = answerBytes(command);
        const size = VALUE.length + '=a='.length;
        const length = bytes.indexOf(Buffer.of(0x80 | (size >> 8), size & 0xff));
        void sendApart(peer, [bytes.subarray(0, length + 1), bytes.subarray(length + 1)]);
      });
      const client = await dial(addressOf(router), DEADLINES);
      expect(valuesOf(await client.command(['/x/print']), 'a')).toEqual([VALUE]);
      client.close();
    });

    it('may end before the zero that ends the answer', async () => {
      await using router = await answering((command, peer) => {
        const bytes = answerBytes(command);
        void sendApart(peer, [bytes.subarray(0, -1), bytes.subarray(-1)]);
      });
      const client = await dial(addressOf(router), DEADLINES);
      expect(valuesOf(await client.command(['/x/print']), 'a')).toEqual([VALUE]);
      client.close();
    });

    it('may end anywhere', async () => {
      let place = 1;
      await using router = await answering((command, peer) => {
        const bytes = answerBytes(command);
        void sendApart(peer, [bytes.subarray(0, place), bytes.subarray(place)]);
      });
      const client = await dial(addressOf(router), DEADLINES);
      for (const size = answerBytes(['', '.tag=1']).length; place < size; place++)
        expect(valuesOf(await client.command(['/x/print']), 'a'), `cut after byte ${place}`).toEqual([VALUE]);
      client.close();
    });

    it('may be cut at random, with the answers of several commands in turn', async () => {
      const plans: Plan[] = [];
      await using router = await admitting(async (peer) => {
        for (;;) {
          const commands = [await peer.next()];
          const plan = plans.shift();
          if (plan === undefined) throw new Error('BUG: a command without a plan');
          while (commands.length < plan.answers.length) commands.push(await peer.next());
          await sendApart(peer, cut(sentenceBytes(...sayInTurn(plan, commands)), plan.sizes));
        }
      });
      const client = await dial(addressOf(router), DEADLINES);
      await fc.assert(
        fc.asyncProperty(plan, async (plan) => {
          plans.push(plan);
          const replies = await Promise.all(plan.answers.map((_, index) => client.command([`/x${index}/print`])));
          expect(replies.map((reply) => valuesOf(reply, 'a'))).toEqual(plan.answers.map(({ rows }) => rows));
          expect(replies.map(({ traps }) => traps.map(({ message }) => message))).toEqual(plan.answers.map(({ traps }) => traps));
        }),
        { numRuns: 150 },
      );
      client.close();
    });

    it('may be many: a word of 3 MB', async () => {
      const value = 'x'.repeat(3 * 1024 * 1024);
      await using router = await answering((command, peer) => peer.answer(command, ['!re', `=a=${value}`], ['!done']));
      const client = await dial(addressOf(router), DEADLINES);
      expect(valuesOf(await client.command(['/x/print']), 'a')[0]).toHaveLength(value.length);
      client.close();
    });
  });
}

const text = fc.string({ unit: 'binary', maxLength: 200 }).map((value) => value.toWellFormed());

/** Rows and traps in this order, with sentences among them that say nothing. */
const answer: fc.Arbitrary<Answer> = fc
  .record({
    rows: fc.array(text, { maxLength: 4 }),
    traps: fc.array(text, { maxLength: 2 }),
    noise: fc.array(fc.constantFrom<string[]>(['!empty'], ['!news', '=a=1']), { maxLength: 2 }),
    noiseAt: fc.nat(6),
  })
  .map(({ rows, traps, noise, noiseAt }) => {
    const sentences = [...rows.map((row) => ['!re', `=a=${row}`]), ...traps.map((trap) => ['!trap', `=message=${trap}`])];
    return { rows, traps, sentences: [...sentences.toSpliced(noiseAt, 0, ...noise), ['!done']] };
  });

const plan: fc.Arbitrary<Plan> = fc.record({
  answers: fc.array(answer, { minLength: 1, maxLength: 3 }),
  turns: fc.array(fc.nat(2), { minLength: 1, maxLength: 20 }),
  sizes: fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 1448 })), { minLength: 1 }),
  tagLast: fc.boolean(),
});

/** The sentences of all answers, each with its command's tag, in the order of the plan's turns. */
function sayInTurn({ answers, turns, tagLast }: Plan, commands: readonly string[][]): string[][] {
  const left = answers.map(({ sentences }, index) => {
    const tag = tagOf(commands[index] ?? []) ?? '';
    return sentences.map(([word = '', ...rest]) => (tagLast ? [word, ...rest, tag] : [word, tag, ...rest]));
  });
  const said: string[][] = [];
  for (let turn = 0; left.some((sentences) => sentences.length > 0); turn++) {
    const open = left.filter((sentences) => sentences.length > 0);
    const sentence = open[(turns[turn % turns.length] ?? 0) % open.length]?.shift();
    if (sentence !== undefined) said.push(sentence);
  }
  return said;
}

/** The bytes in pieces of these sizes, in turn. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** Sends each piece as a segment (over TLS, a record) of its own. */
async function sendApart(peer: Peer, chunks: readonly Buffer[]): Promise<void> {
  peer.socket.setNoDelay(true);
  for (const chunk of chunks) {
    if (!peer.socket.writable) return;
    await new Promise<void>((resolve) => {
      peer.socket.write(chunk, () => setImmediate(resolve));
    });
  }
}
