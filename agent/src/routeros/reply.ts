/** Gathers the sentences that answer one command. */
import type { Reply, ReplyRow, Trap } from '../poller/router-client.ts';
import { readTrap } from './trap.ts';

/** All words of one answer together, in characters: a larger one would hurt the agent. */
const REPLY_LENGTH_MAX = 8 * 1024 * 1024;
/** What a word costs besides its characters. */
const WORD_LENGTH = 16;
/** Rows and traps of one answer: more interfaces or radio clients than any one router has. */
const ROWS_MAX = 20_000;

/** The answer exceeds the limit. */
export class ReplyTooLargeError extends Error {
  override readonly name = 'ReplyTooLargeError';
}

export interface ReplyGatherer {
  /**
   * Takes one sentence. Returns true when it ended the answer: that is `!done`, and nothing else, since a trap, or
   * `!empty`, is followed by it. Reply words it does not know are ignored. Throws ReplyTooLargeError.
   */
  add(words: readonly string[]): boolean;
  /** The answer so far. */
  readonly reply: Reply;
}

/** `command` is what is answered, for texts. */
export function createReplyGatherer(command: string): ReplyGatherer {
  return new Gatherer(command);
}

/** Classes, because an answer has one of these and a row another: methods take memory once. */
class Gatherer implements ReplyGatherer {
  readonly #command: string;
  readonly #rows: ReplyRow[] = [];
  readonly #traps: Trap[] = [];
  #ret: string | undefined;
  #length = 0;

  constructor(command: string) {
    this.#command = command;
  }

  add(words: readonly string[]): boolean {
    for (const word of words) this.#length += word.length + WORD_LENGTH;
    if (this.#length > REPLY_LENGTH_MAX) throw this.#tooLarge(`${REPLY_LENGTH_MAX} characters`);
    const word = words[0];
    if ((word === '!re' || word === '!trap') && this.#rows.length + this.#traps.length >= ROWS_MAX)
      throw this.#tooLarge(`${ROWS_MAX} rows`);
    if (word === '!re') {
      this.#rows.push(readAttributes(words));
    } else if (word === '!trap') {
      this.#traps.push(readTrap(readAttributes(words)));
    } else if (word === '!done') {
      this.#ret = readAttributes(words).get('ret');
      return true;
    }
    // `!empty` (RouterOS 7.18 and later) says "no rows so far"; what later versions add must not end the session either.
    return false;
  }

  get reply(): Reply {
    return { rows: this.#rows, traps: this.#traps, ret: this.#ret };
  }

  #tooLarge(reason: string): ReplyTooLargeError {
    return new ReplyTooLargeError(`the answer to ${this.#command} is too long to be read: it has more than ${reason}`);
  }
}

/**
 * The `=name=value` words of a sentence, left as they are and searched when asked: most attributes are asked for once,
 * and a map of each row was half of the agent's garbage.
 */
export function readAttributes(words: readonly string[]): ReplyRow {
  return new Attributes(words);
}

class Attributes implements ReplyRow {
  readonly #words: readonly string[];

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  get(name: string): string | undefined {
    let value: string | undefined;
    for (const word of this.#words) {
      if (!isAttribute(word, name)) continue;
      const found = word.slice(name.length + 2);
      value = value === undefined ? found : `${value},${found}`;
    }
    return value;
  }

  *keys(): Iterable<string> {
    for (const word of this.#words) {
      if (word.charCodeAt(0) !== EQUALS_SIGN) continue;
      const end = word.indexOf('=', 1);
      yield word.slice(1, end < 0 ? undefined : end);
    }
  }
}

const EQUALS_SIGN = 0x3d;

function isAttribute(word: string, name: string): boolean {
  const end = name.length + 1;
  if (word.charCodeAt(0) !== EQUALS_SIGN || !word.startsWith(name, 1)) return false;
  return word.length === end || word.charCodeAt(end) === EQUALS_SIGN;
}

const TAG_WORD = '.tag=';

/** The tag that a reply sentence carries, wherever it stands: old versions put it second, the manual shows it last. */
export function readTag(words: readonly string[]): string | undefined {
  const word = words.find((candidate) => candidate.startsWith(TAG_WORD));
  return word?.slice(TAG_WORD.length);
}
