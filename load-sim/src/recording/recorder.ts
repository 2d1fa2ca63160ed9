/** Gathers what a recording has seen, scrubbed and written, and what went wrong. */
import type { ProxyDeps } from './proxy.ts';
import type { Scrubber } from './scrubber.ts';
import type { RecordedCommand, TranscriptHeader } from './transcript.ts';
import type { TranscriptWriter } from './transcript-file.ts';

export interface Recorder extends ProxyDeps {
  /** Aborted when there is no point in going on: nothing can be recorded, or no more. The reason is an Error. */
  readonly over: AbortSignal;
  readonly commands: number;
  /** Commands whose answer did not end. */
  readonly incomplete: number;
  /** The first thing that went wrong. */
  readonly fault: string | undefined;
  /** What the header tells of the router and the rules. */
  summary(): Pick<TranscriptHeader, 'routeros' | 'board' | 'scrubbed'>;
}

export interface RecorderDeps {
  readonly scrubber: Scrubber;
  readonly writer: Pick<TranscriptWriter, 'add'>;
  /** Monotonic, milliseconds. */
  readonly monotonicMs: () => number;
}

export function createRecorder({ scrubber, writer, monotonicMs }: RecorderDeps): Recorder {
  const over = new AbortController();
  let startedMs: number | undefined;
  let commands = 0;
  let incomplete = 0;
  let fault: string | undefined;
  let routeros = '';
  let board = '';

  function onFault(reason: string): void {
    fault ??= reason;
    // A session that breaks later is part of what is recorded.
    if (commands === incomplete) over.abort(new Error(reason));
  }

  /** The router's own words about itself, from what is about to be written. */
  function learn(path: string | undefined, reply: readonly (readonly string[])[]): void {
    if (path !== '/system/resource/print' || routeros !== '') return;
    const value = (name: string): string => reply[0]?.find((word) => word.startsWith(`=${name}=`))?.slice(name.length + 2) ?? '';
    routeros = value('version');
    board = value('board-name');
  }

  function onCommand(command: RecordedCommand): void {
    if (over.signal.aborted) return;
    const { words } = command;
    const path = words[0] ?? '';
    const scrubbed: RecordedCommand = {
      ...command,
      words: scrubber.command(words),
      reply: command.reply.map((sentence) => scrubber.sentence(path, sentence)),
    };
    if (!writer.add(scrubbed)) return over.abort(new Error('the transcript has reached its largest size'));
    commands++;
    if (!command.complete) incomplete++;
    // What the agent says of it is told in the end.
    if (commands === incomplete) over.abort(new Error('the first answer did not end'));
    learn(path, scrubbed.reply);
  }

  return {
    over: over.signal,
    get commands() {
      return commands;
    },
    get incomplete() {
      return incomplete;
    },
    get fault() {
      return fault;
    },
    summary: () => ({
      routeros,
      board,
      scrubbed: Array.from(scrubber.counts, ([rule, values]) => ({ rule, values })),
    }),
    nowUs: () => (startedMs === undefined ? 0 : (monotonicMs() - startedMs) * 1000),
    onCommand(command) {
      try {
        onCommand(command);
      } catch (error) {
        over.abort(error);
      }
    },
    onLoginAccepted() {
      startedMs ??= monotonicMs();
    },
    onLoginRefused: (message) => onFault(`the router refused the login: ${message}`),
    onFault,
  };
}
