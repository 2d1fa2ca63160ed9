/**
 * A transcript: what a router was asked and what it answered. Format and meaning are told in docs/recording.md.
 *
 * One JSON object per line, the header first. Texts are held here as bytes, one character each. In the file they are text
 * where they are UTF-8, and `{"hex": "…"}` where they are not, so that every byte comes back.
 */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';

export const FORMAT_VERSION = 1;

export interface TranscriptHeader {
  /** ISO 8601, UTC. */
  readonly recordedAt: string;
  /** As /system/resource reported them; empty when it was not asked. */
  readonly routeros: string;
  readonly board: string;
  /** Version of the agent that asked. */
  readonly agent: string;
  /** Which scrub rules replaced something, and how many values each. */
  readonly scrubbed: readonly { readonly rule: string; readonly values: number }[];
  /** What was left as it was on demand. */
  readonly kept: readonly string[];
}

export interface RecordedCommand {
  /** When it was sent, milliseconds since the first command. */
  readonly atMs: number;
  /** From sending it to the end of its answer, or to the end of the session. */
  readonly tookUs: number;
  /** As sent, without the tag. */
  readonly words: readonly string[];
  /** The sentences of the answer in order, each as its words without the tag. */
  readonly reply: readonly (readonly string[])[];
  /** Bytes of the answer on the wire, as the router sent it. */
  readonly bytes: number;
  /** False when the session ended before the answer did. */
  readonly complete: boolean;
}

const TEXT = z.union([z.string(), z.strictObject({ hex: z.string().regex(/^([0-9a-f]{2})+$/) })]);
type Text = z.output<typeof TEXT>;
/** An attribute with its value, one without, or a word that is none. */
const REPLY_WORD = z.union([z.tuple([TEXT, TEXT]), z.tuple([TEXT]), TEXT]);
type ReplyWord = z.output<typeof REPLY_WORD>;

const HEADER = z.strictObject({
  format: z.literal('poplar-transcript'),
  version: z.literal(FORMAT_VERSION, `is of another version than ${FORMAT_VERSION}`),
  recorded_at: z.iso.datetime(),
  routeros: z.string(),
  board: z.string(),
  agent: z.string(),
  scrubbed: z.array(z.strictObject({ rule: z.string(), values: z.int().positive() })),
  kept: z.array(z.string()),
});

const COMMAND = z.strictObject({
  at_ms: z.number().nonnegative(),
  took_us: z.number().nonnegative(),
  words: z.array(TEXT).min(1),
  reply: z.array(z.tuple([z.string().startsWith('!')], REPLY_WORD)),
  bytes: z.int().nonnegative(),
  incomplete: z.literal(true).optional(),
});

export function headerLine({ recordedAt, ...header }: TranscriptHeader): string {
  const line: z.input<typeof HEADER> = {
    format: 'poplar-transcript',
    version: FORMAT_VERSION,
    recorded_at: recordedAt,
    ...header,
    scrubbed: [...header.scrubbed],
    kept: [...header.kept],
  };
  return `${JSON.stringify(line)}\n`;
}

export function commandLine({ atMs, tookUs, words, reply, bytes, complete }: RecordedCommand): string {
  const line: z.input<typeof COMMAND> = {
    at_ms: atMs,
    took_us: tookUs,
    words: words.map(textOf),
    reply: reply.map(([type = '', ...rest]) => [type, ...rest.map(replyWordOf)]),
    bytes,
    ...(complete ? {} : { incomplete: true }),
  };
  return `${JSON.stringify(line)}\n`;
}

/** Throws with what is wrong. */
export function parseHeader(line: string): TranscriptHeader {
  const { recorded_at, routeros, board, agent, scrubbed, kept } = HEADER.parse(JSON.parse(line));
  return { recordedAt: recorded_at, routeros, board, agent, scrubbed, kept };
}

/** Throws with what is wrong. */
export function parseCommandLine(line: string): RecordedCommand {
  const { at_ms, took_us, words, reply, bytes, incomplete } = COMMAND.parse(JSON.parse(line));
  return {
    atMs: at_ms,
    tookUs: took_us,
    words: words.map(bytesOf),
    reply: reply.map(([type, ...rest]) => [type, ...rest.map(replyBytesOf)]),
    bytes,
    complete: incomplete !== true,
  };
}

function textOf(bytes: string): Text {
  const buffer = Buffer.from(bytes, 'latin1');
  return isUtf8(buffer) ? buffer.toString('utf8') : { hex: buffer.toString('hex') };
}

function bytesOf(text: Text): string {
  return (typeof text === 'string' ? Buffer.from(text, 'utf8') : Buffer.from(text.hex, 'hex')).toString('latin1');
}

function replyWordOf(word: string): ReplyWord {
  if (!word.startsWith('=')) return textOf(word);
  const end = word.indexOf('=', 1);
  return end < 0 ? [textOf(word.slice(1))] : [textOf(word.slice(1, end)), textOf(word.slice(end + 1))];
}

function replyBytesOf(word: ReplyWord): string {
  return Array.isArray(word) ? `=${word.map(bytesOf).join('=')}` : bytesOf(word);
}
