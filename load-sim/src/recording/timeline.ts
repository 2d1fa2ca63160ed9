/**
 * Which recorded answer belongs to a time. A recording is played over and over; where it starts anew the router has
 * rebooted, as nothing else explains why its counters are what they were before.
 */
import { type Command, durationMs, menuPath, parseCommand } from '../routers/command.ts';
import type { RecordedCommand } from './transcript.ts';
import type { Transcript } from './transcript-file.ts';

/** A place in a recording that is played over and over. */
export interface Place {
  /** How often it has been played through: the boots of the router. */
  readonly round: number;
  /** Milliseconds since the recording began. */
  readonly atMs: number;
}

export interface Timeline {
  placeAt(recordedMs: number): Place;
  /** The newest answer to this command at a place, else the first one; undefined when it was never asked. */
  answerAt(command: Command, place: Place): RecordedCommand | undefined;
  /** True when the router said that it does not have the menu of this command. */
  lacks(command: Command): boolean;
  /**
   * The router's uptime at a place, when `recorded` is the text of one that belongs to an answer: it runs on between the
   * answers, and is never more than the time since the recording began anew. Undefined when the text is no duration.
   */
  uptimeMs(recorded: string, answer: RecordedCommand, place: Place): number | undefined;
  /** Until it begins anew, milliseconds; infinite when nothing was asked twice. */
  readonly lengthMs: number;
}

/** Attributes that name the items of a monitor: names that were scrubbed can be asked about in another way than those that were. */
const ITEMS = new Set(['numbers', 'number']);

export function createTimeline({ commands }: Transcript): Timeline {
  const answers = new Map<string, RecordedCommand[]>();
  const absent = new Set<string>();
  const present = new Set<string>();
  for (const recorded of commands.toSorted((one, other) => one.atMs - other.atMs)) {
    const command = parseCommand(recorded.words.map(decoded));
    const known = answers.get(keyOf(command));
    if (known === undefined) answers.set(keyOf(command), [recorded]);
    else known.push(recorded);
    (recorded.reply.some(isMissingMenu) ? absent : present).add(menuPath(command.path));
  }
  // What was asked most often was asked at every poll.
  const [everyPoll = []] = [...answers.values()].toSorted((one, other) => other.length - one.length);
  const lengthMs = lengthOf(everyPoll) || Number.POSITIVE_INFINITY;

  return {
    lengthMs,
    placeAt(recordedMs) {
      const round = Math.floor(recordedMs / lengthMs);
      return { round, atMs: round === 0 ? recordedMs : recordedMs - round * lengthMs };
    },
    answerAt(command, { atMs }) {
      const known = answers.get(keyOf(command));
      return known?.findLast((recorded) => recorded.atMs <= atMs) ?? known?.[0];
    },
    // One that lacks a command, and not the menu, is told apart by the others.
    lacks: ({ path }) => absent.has(menuPath(path)) && !present.has(menuPath(path)),
    uptimeMs(text, answer, { round, atMs }) {
      const recordedMs = durationMs(text);
      if (recordedMs === undefined) return undefined;
      const uptimeMs = recordedMs + Math.max(0, atMs - answer.atMs - answer.tookUs / 1000);
      return round === 0 ? uptimeMs : Math.min(uptimeMs, atMs);
    },
  };
}

/** From the first of these answers to the moment at which the next one was due. */
function lengthOf(same: readonly RecordedCommand[]): number {
  const [first, last] = [same[0], same.at(-1)];
  if (first === undefined || last === undefined || same.length < 2) return 0;
  return ((last.atMs - first.atMs) * same.length) / (same.length - 1);
}

function isMissingMenu([type, ...words]: readonly string[]): boolean {
  return type === '!trap' && words.some((word) => word.startsWith('=message=no such command'));
}

/** The same for the same command, in whatever order its attributes come, and whatever the items of a monitor are called now. */
function keyOf({ path, attributes, queries }: Command): string {
  const compared = (name: string, value: string): string => (ITEMS.has(name) ? String(value.split(',').length) : value);
  const sorted = Array.from(attributes, ([name, value]) => `=${name}=${compared(name, value)}`).toSorted((one, other) =>
    one < other ? -1 : 1,
  );
  return [path, ...sorted, ...queries].join('\n');
}

/** A word as a session reads it. */
function decoded(word: string): string {
  return Buffer.from(word, 'latin1').toString('utf8');
}
