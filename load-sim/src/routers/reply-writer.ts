/** Writes reply sentences; those that are caused together leave together. */
import type { CodePage } from '../boards/layout.ts';
import type { Row } from '../dialects/forms.ts';
import { encodeSentences } from './codec.ts';

export interface ReplyWriter {
  /** One sentence: its word, the tag as second word where the command had one, and attributes, only these if any are named. */
  readonly reply: (word: string, tag: string | undefined, attributes?: Row, only?: ReadonlySet<string>) => void;
  /** One sentence as its words, of which the first is followed by the tag. */
  readonly sentence: (tag: string | undefined, words: readonly string[]) => void;
  /** An error, without the end of the command. */
  readonly trap: (tag: string | undefined, message: string, category?: number) => void;
  /** An error that ends the command. */
  readonly fail: (tag: string | undefined, message: string, category?: number) => void;
  /** The answer to a command whose menu, verb or package is not there: two errors and one end. */
  readonly missing: (tag: string | undefined, part: string) => void;
  /** Never tagged, always with a reason: clients crash on a bare one. */
  fatal(reason: string): void;
  flush(): void;
}

export function createReplyWriter(codePage: CodePage, send: (bytes: Buffer) => void): ReplyWriter {
  let out: string[][] = [];

  const writer: ReplyWriter = {
    reply(word, tag, attributes = [], only) {
      const sentence = tag === undefined ? [word] : [word, `.tag=${tag}`];
      for (const [name, value] of attributes) if (only?.has(name) !== false) sentence.push(`=${name}=${value}`);
      out.push(sentence);
    },
    sentence(tag, [word = '', ...rest]) {
      out.push(tag === undefined ? [word, ...rest] : [word, `.tag=${tag}`, ...rest]);
    },
    trap(tag, message, category) {
      const text = ['message', message] as const;
      writer.reply('!trap', tag, category === undefined ? [text] : [['category', String(category)], text]);
    },
    fail(tag, message, category) {
      writer.trap(tag, message, category);
      writer.reply('!done', tag);
    },
    missing(tag, part) {
      writer.trap(tag, `no such command or directory (${part})`, 0);
      writer.fail(tag, 'no such command prefix');
    },
    fatal(reason) {
      out.push(['!fatal', reason]);
      writer.flush();
    },
    flush() {
      if (out.length === 0) return;
      const sentences = out;
      out = [];
      send(encodeSentences(sentences, codePage));
    },
  };
  return writer;
}
