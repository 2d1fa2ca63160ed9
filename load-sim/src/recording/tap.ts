/** Listens to one connection between an agent and a router, and pairs commands with their answers. Logins are never kept. */
import { createSentenceParser, type SentenceLimits, wordSize } from '../routers/codec.ts';
import type { RecordedCommand } from './transcript.ts';

/** More than the agent takes of one answer. */
export const REPLY_BYTES_MAX = 16 * 2 ** 20;
const REPLY_LIMITS: SentenceLimits = { wordBytesMax: 4 * 2 ** 20, wordsMax: 4096, sentenceBytesMax: 8 * 2 ** 20 };
/** Commands at once, and tags that a peer may make up. */
const PENDING_MAX = 256;
/** What a word costs in memory besides its bytes. */
const WORD_BYTES = 16;

export interface TapEvents {
  /** A command has its answer, or will have no more of it. */
  onCommand(command: RecordedCommand): void;
  onLoginAccepted(): void;
  /** The router's words. */
  onLoginRefused(message: string): void;
}

export interface TapDeps extends TapEvents {
  /** Monotonic clock since the first command of the recording, microseconds. */
  readonly nowUs: () => number;
}

export interface Tap {
  /** Takes what the agent sends. Throws ProtocolFault. */
  fromAgent(chunk: Uint8Array): void;
  /** Takes what the router sends. Throws ProtocolFault when it is not the API, or more of it than any agent takes. */
  fromRouter(chunk: Uint8Array): void;
  /** The connection is over: what was not answered in full is told as such. Idempotent. */
  close(): void;
}

interface Pending {
  readonly words: string[];
  readonly sentAtUs: number;
  readonly login: boolean;
  refused: boolean;
  readonly reply: string[][];
  bytes: number;
  size: number;
}

/** The answer is larger than any agent takes. */
export class EndlessReply extends Error {
  override readonly name = 'EndlessReply';
}

export function createTap(deps: TapDeps): Tap {
  const commands = createSentenceParser(undefined, 'latin1');
  const replies = createSentenceParser(REPLY_LIMITS, 'latin1');
  const pending = new Map<string, Pending>();

  function end(tag: string, one: Pending, complete: boolean): void {
    pending.delete(tag);
    if (one.login) return;
    const { words, sentAtUs, reply, bytes } = one;
    deps.onCommand({
      atMs: Math.round(sentAtUs / 1000),
      tookUs: Math.max(0, Math.round(deps.nowUs() - sentAtUs)),
      words,
      reply,
      bytes,
      complete,
    });
  }

  function sent(sentence: readonly string[]): void {
    const { tag, words } = untagged(sentence);
    if (pending.size >= PENDING_MAX) throw new EndlessReply(`Cannot follow more than ${PENDING_MAX} commands at once`);
    pending.set(tag, {
      words,
      sentAtUs: deps.nowUs(),
      login: words[0] === '/login',
      refused: false,
      reply: [],
      bytes: 0,
      size: 0,
    });
  }

  function received(sentence: readonly string[]): void {
    const { tag, words } = untagged(sentence);
    const bytes = sentence.reduce((sum, word) => sum + wordSize(word.length), 1);
    // The end of a session has no tag: it is the answer to whatever is open.
    const concerned = words[0] === '!fatal' ? [...pending] : [...pending].filter(([own]) => own === tag);
    for (const [own, one] of concerned) {
      if (one.login) followLogin(one, words);
      else note(one, words, bytes);
      if (words[0] === '!done' || words[0] === '!fatal') end(own, one, true);
    }
  }

  function note(one: Pending, words: string[], bytes: number): void {
    one.bytes += bytes;
    one.size += bytes + words.length * WORD_BYTES;
    if (one.size > REPLY_BYTES_MAX)
      throw new EndlessReply(`the answer to ${one.words[0]} is larger than ${REPLY_BYTES_MAX / 2 ** 20} MiB`);
    one.reply.push(words);
  }

  /** The answer to a login: a trap, or an end, which may hold the challenge of an old router. */
  function followLogin(one: Pending, [type, ...words]: readonly string[]): void {
    if (type === '!trap' || type === '!fatal') {
      one.refused = true;
      const [text = ''] = words.filter((word) => !word.startsWith('=category='));
      deps.onLoginRefused(text.replace(/^=message=/, ''));
    } else if (type === '!done' && !one.refused && !words.some((word) => word.startsWith('=ret='))) deps.onLoginAccepted();
  }

  return {
    fromAgent(chunk) {
      for (const sentence of commands.push(chunk)) sent(sentence);
    },
    fromRouter(chunk) {
      for (const sentence of replies.push(chunk)) received(sentence);
    },
    close() {
      for (const [tag, one] of pending) end(tag, one, false);
    },
  };
}

/** A sentence's tag, empty where it has none, and its other words. */
function untagged(sentence: readonly string[]): { tag: string; words: string[] } {
  const tag = sentence.find((word) => word.startsWith('.tag='));
  return { tag: tag?.slice('.tag='.length) ?? '', words: sentence.filter((word) => word !== tag) };
}
