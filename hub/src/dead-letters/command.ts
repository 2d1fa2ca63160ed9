/** `hub dead-letters`: a tool beside the running hub that lists, shows, replays and drops what was rejected. */
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import type { Logger } from 'pino';
import { createInsertion } from '../writer/insertion.ts';
import type { WriterMetrics } from '../writer/metrics.ts';
import type { SampleStore } from '../writer/store.ts';
import { type DeadLettersCommand, LIMIT_MAX } from './arguments.ts';
import { headJson, headTable, letterJson, letterText } from './description.ts';
import type { LetterHead, Letters } from './letters.ts';
import { type LetterFate, openLetter, replayLetters } from './replay.ts';

export interface DeadLettersDeps {
  readonly letters: Letters;
  readonly store: SampleStore;
  /** Raw rows before this have expired, Unix ms. */
  readonly rawFloorMs: number;
  readonly nowMs: () => number;
  /** Hears why a replay waits. */
  readonly log: Logger;
  readonly metrics: WriterMetrics;
  readonly print: (text: string) => void;
}

/** First pause after a failed insert, ms. */
const RETRY_MS = 250;

/** Does the command. Resolves with the exit code: 0, or 1 when a letter that was named is not there or could not be stored. Throws StoreError. */
export async function runDeadLetters(command: DeadLettersCommand, deps: DeadLettersDeps, signal: AbortSignal): Promise<number> {
  switch (command.action) {
    case 'list':
      return await list(command, deps, signal);
    case 'show':
      return await show(command, deps, signal);
    case 'replay':
      return await replay(command, deps, signal);
    case 'drop':
      return await drop(command, deps, signal);
  }
}

async function list({ filter, limit, json }: DeadLettersCommand, deps: DeadLettersDeps, signal: AbortSignal): Promise<number> {
  const heads = await deps.letters.find(filter, limit, signal);
  if (json) deps.print(`${JSON.stringify(heads.map(headJson))}\n`);
  else {
    const bytes = heads.reduce((sum, head) => sum + head.bytes, 0);
    const more = heads.length === limit ? '; there may be older ones, see --limit' : '';
    deps.print(`${heads.length > 0 ? headTable(heads) : ''}${heads.length} letters, ${bytes} bytes${more}\n`);
  }
  return missing(filter.names, heads, deps);
}

async function show({ filter, limit, json }: DeadLettersCommand, deps: DeadLettersDeps, signal: AbortSignal): Promise<number> {
  const heads = await deps.letters.find(filter, limit, signal);
  for (const head of heads) {
    const [message] = await deps.letters.read([head], signal);
    if (message === undefined) continue;
    const opened = openLetter(head, message, DEFAULT_LIMITS);
    deps.print(json ? `${JSON.stringify(letterJson(head, message, opened))}\n` : `${letterText(head, opened)}\n`);
  }
  return missing(filter.names, heads, deps);
}

async function replay({ filter, json }: DeadLettersCommand, deps: DeadLettersDeps, signal: AbortSignal): Promise<number> {
  const heads = await deps.letters.find(filter, LIMIT_MAX, signal);
  const kept: (LetterFate & { status: 'kept' })[] = [];
  let stored = 0;
  let rows = 0;
  const onFate = (fate: LetterFate): void => {
    if (fate.status === 'kept') kept.push(fate);
    else {
      stored += 1;
      rows += fate.rows;
    }
  };
  const insertion = createInsertion({ retryMs: RETRY_MS }, deps);
  // Oldest first, as they came.
  await replayLetters(
    heads.toReversed(),
    { letters: deps.letters, insertion, limits: DEFAULT_LIMITS, rawFloorMs: deps.rawFloorMs, onFate },
    signal,
  );
  if (stored > 0) await deps.letters.compact(signal);
  const left = kept.map(({ letter, reason }) => ({ ...letter, reason }));
  if (json) deps.print(`${JSON.stringify({ stored, rows, kept: left.map(headJson) })}\n`);
  else deps.print(`${left.length > 0 ? headTable(left) : ''}${stored} stored with ${rows} rows, ${left.length} kept\n`);
  return kept.length > 0 ? 1 : missing(filter.names, heads, deps);
}

async function drop({ filter, json }: DeadLettersCommand, deps: DeadLettersDeps, signal: AbortSignal): Promise<number> {
  const heads = await deps.letters.find(filter, LIMIT_MAX, signal);
  await deps.letters.remove(heads, signal);
  if (heads.length > 0) await deps.letters.compact(signal);
  deps.print(json ? `${JSON.stringify({ dropped: heads.length })}\n` : `${heads.length} dropped\n`);
  return missing(filter.names, heads, deps);
}

/** 1 when a letter that was asked for by its name is not among those found. */
function missing(names: readonly string[] = [], heads: readonly LetterHead[], { log }: DeadLettersDeps): number {
  const found = new Set(heads.map(({ name }) => name));
  const absent = names.filter((name) => !found.has(name));
  if (absent.length > 0) log.warn({ names: absent }, 'No such dead letter, or the filters leave it out');
  return absent.length > 0 ? 1 : 0;
}
