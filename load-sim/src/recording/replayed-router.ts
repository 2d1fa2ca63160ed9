/** A router that answers as a transcript says. */
import { DIALECT_NAMES, type Dialect, type DialectName, dialectOf } from '../dialects/dialect.ts';
import { durationText } from '../dialects/forms.ts';
import type { RouterPlan } from '../router-plan.ts';
import type { Command } from '../routers/command.ts';
import type { ServedRouter, SessionTools } from '../routers/served-router.ts';
import type { Timeline } from './timeline.ts';
import type { RecordedCommand } from './transcript.ts';

export interface ReplayOptions {
  readonly timeline: Timeline;
  /** RouterOS version that the transcript is of. */
  readonly routeros: string;
  /** Unix milliseconds at which the replay begins. */
  readonly startMs: number;
  /** How much faster than recorded time passes. */
  readonly speed: number;
  /** 0 for the first router of a transcript. Later ones have other MAC addresses and are somewhere else in the recording. */
  readonly copy: number;
  readonly metrics: ReplayMetrics;
}

/** Counts what a replay has answered. */
export interface ReplayMetrics {
  answered(): void;
  /** A command that is not in the transcript, by its words. */
  missed(words: string): void;
}

/** Any two copies of a transcript are far from each other in it. */
const GOLDEN_FRACTION = 0.618033988749895;
/** Sentences that are sent at a time: other sessions are served in between. */
const SENTENCES_STEP = 256;

/** The version's group among those that are simulated: it decides how a login goes. */
export function dialectFor(version: string): DialectName {
  const [major = 0, minor = 0] = version.split(/[^\d]/).map(Number);
  const isReached = (name: DialectName): boolean => {
    const [leastMajor = 0, leastMinor = 0] = name.split('.').map(Number);
    return major > leastMajor || (major === leastMajor && minor >= leastMinor);
  };
  return DIALECT_NAMES.findLast(isReached) ?? '6.42';
}

export function replayedRouter(plan: RouterPlan, options: ReplayOptions): ServedRouter {
  const { timeline, startMs, speed, copy } = options;
  const dialect: Dialect = dialectOf(dialectFor(options.routeros));
  const aheadMs = Number.isFinite(timeline.lengthMs) ? ((copy * GOLDEN_FRACTION) % 1) * timeline.lengthMs : 0;
  const placeAt = (nowMs: number) => timeline.placeAt(aheadMs + Math.max(0, nowMs - startMs) * speed);
  return {
    plan,
    dialect,
    // Transcripts hold bytes: each character is one.
    codePage: 'latin1',
    bootAt: (atMs) => ({ number: placeAt(atMs).round }),
    openSession: (tools) => (command) => answerFrom(command, options, tools, placeAt(tools.nowMs())),
  };
}

function answerFrom(command: Command, options: ReplayOptions, tools: SessionTools, place: ReturnType<Timeline['placeAt']>): void {
  const { timeline, speed, copy, metrics } = options;
  const { writer, lasting, fatal } = tools;
  const { tag, path } = command;
  const recorded = timeline.answerAt(command, place);
  if (recorded === undefined) {
    if (timeline.lacks(command)) return writer.missing(tag, path.split('/').at(-2) ?? '');
    metrics.missed([path, ...Array.from(command.attributes, ([name, value]) => `=${name}=${value}`)].join(' '));
    return writer.fail(tag, 'failure: not in the transcript');
  }
  metrics.answered();
  const rewrite = rewriterOf(path, recorded, options, place);
  const shiftsMacs = copy > 0;
  let position = 0;
  const send = (): void => {
    lasting.stream(tag, () => {
      for (const end = Math.min(recorded.reply.length, position + SENTENCES_STEP); position < end; position++) {
        const words = (recorded.reply[position] ?? []).map(rewrite);
        if (words[0] === '!fatal') fatal(words.slice(1).join(' '));
        else writer.sentence(tag, shiftsMacs ? words.map((word) => shiftMacs(word, copy)) : words);
      }
      return position === recorded.reply.length;
    });
  };
  const waitMs = recorded.tookUs / 1000 / speed;
  // An answer that never came: the client waits in vain, as the agent did.
  if (waitMs < 1 || !recorded.complete) send();
  else lasting.later(tag, waitMs, send);
}

/** What has to be another than recorded: the router's uptime, which runs on. */
function rewriterOf(
  path: string,
  recorded: RecordedCommand,
  { timeline }: ReplayOptions,
  place: ReturnType<Timeline['placeAt']>,
): (word: string) => string {
  if (path !== '/system/resource/print') return (word) => word;
  return (word) => {
    if (!word.startsWith(UPTIME)) return word;
    const uptimeMs = timeline.uptimeMs(word.slice(UPTIME.length), recorded, place);
    return uptimeMs === undefined ? word : `${UPTIME}${durationText(uptimeMs)}`;
  };
}

const UPTIME = '=uptime=';
const MAC = /(?<![\da-f:])[\da-f]{2}(?::[\da-f]{2}){5}(?![\da-f:])/gi;

/** The same address as in another router: two of its bytes are raised by the number of the copy. */
function shiftMacs(word: string, copy: number): string {
  return word.replace(MAC, (text) => {
    if (/^(00:){5}00$|^(ff:){5}ff$/i.test(text)) return text;
    const shifted = ((Number.parseInt(text.slice(3, 5) + text.slice(6, 8), 16) + copy) % 0x1_0000).toString(16).padStart(4, '0');
    const bytes = `${shifted.slice(0, 2)}:${shifted.slice(2)}`;
    return `${text.slice(0, 3)}${text === text.toLowerCase() ? bytes : bytes.toUpperCase()}${text.slice(8)}`;
  });
}
