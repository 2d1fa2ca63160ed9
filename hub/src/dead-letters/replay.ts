/**
 * Gives dead letters the way of every batch once more: opened and checked like at ingest, stored by the writer's insertion, put on
 * record in `batches`, where stored wins over rejected. Only then is the letter removed; one that still cannot be stored, or not
 * all of it because a newer agent sealed it, stays as it is. Replaying twice, beside the running hub or after a crash half-way changes no answer.
 */
import { fromBinary } from '@bufbuild/protobuf';
import type { BatchLimits } from '@poplar/proto/limits';
import { type Batch, BatchSchema } from '@poplar/proto/telemetry/v1/ingest';
import type { StoreError } from '../clickhouse/store-error.ts';
import { admitBatch } from '../ingest/admit.ts';
import { expiredReason } from '../retention/expiry.ts';
import { daysOf, type Groupable, refusalReason, storeByHalves, takeGroup } from '../writer/grouping.ts';
import { type Insertion, mergeAll } from '../writer/insertion.ts';
import { type Arrival, storedRecord, sumRows, unknownReason } from '../writer/record.ts';
import type { LetterHead, Letters } from './letters.ts';

/** What became of a letter. */
export type LetterFate =
  | { readonly status: 'stored'; readonly letter: LetterHead; readonly rows: number }
  | { readonly status: 'kept'; readonly letter: LetterHead; readonly reason: string };

/** Letters opened at once, their bytes as they were sent, and decompressed: what a replay takes of memory. */
const READ_LETTERS = 64;
const READ_BYTES = 4 * 1024 * 1024;
const OPEN_BYTES = 32 * 1024 * 1024;
const GROUP_ROWS = 100_000;

export interface ReplayDeps {
  readonly letters: Letters;
  readonly insertion: Insertion;
  readonly limits: BatchLimits;
  /** Raw rows before this have expired, Unix ms: a letter with such rows stays as it is. */
  readonly rawFloorMs: number;
  /** Hears of each letter as soon as its fate is sure. */
  readonly onFate: (fate: LetterFate) => void;
}

interface Opened extends Groupable {
  readonly letter: LetterHead;
  readonly arrival: Arrival;
}

/** Replays `heads` in order. Waits while ClickHouse is away, until aborted. Throws StoreError when letters cannot be read or removed. */
export async function replayLetters(heads: readonly LetterHead[], deps: ReplayDeps, signal: AbortSignal): Promise<void> {
  for (const chunk of chunksOf(heads)) {
    const messages = await deps.letters.read(chunk, signal);
    let opened: Opened[] = [];
    let bytes = 0;
    for (const [index, letter] of chunk.entries()) {
      const message = messages[index];
      // Somebody else replayed or dropped it meanwhile.
      if (message === undefined) continue;
      const opening = openLetter(letter, message, deps.limits);
      const arrival = typeof opening === 'string' ? opening : (expiredReason(opening.open, deps.rawFloorMs) ?? opening);
      if (typeof arrival === 'string') {
        deps.onFate({ status: 'kept', letter, reason: arrival });
        continue;
      }
      if (bytes > 0 && bytes + arrival.open.bytes > OPEN_BYTES) {
        await storeLetters(opened, deps, signal);
        opened = [];
        bytes = 0;
      }
      opened.push({ letter, arrival, rows: sumRows(arrival.open.families), days: daysOf(arrival.open) });
      bytes += arrival.open.bytes;
    }
    await storeLetters(opened, deps, signal);
  }
}

function* chunksOf(heads: readonly LetterHead[]): Generator<LetterHead[]> {
  let chunk: LetterHead[] = [];
  let bytes = 0;
  for (const head of heads) {
    if (chunk.length > 0 && (chunk.length >= READ_LETTERS || bytes + head.bytes > READ_BYTES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(head);
    bytes += head.bytes;
  }
  if (chunk.length > 0) yield chunk;
}

/** The batch of a letter, ready to be stored, or why it still cannot be. */
export function openLetter(letter: LetterHead, message: Uint8Array, limits: BatchLimits): Arrival | string {
  let batch: Batch;
  try {
    batch = fromBinary(BatchSchema, message);
  } catch (error) {
    return `the kept bytes are no batch: ${error instanceof Error ? error.message : String(error)}`;
  }
  const open = admitBatch(letter.agent, batch, limits);
  if (typeof open === 'string') return open;
  const { contentHash, receivedAtMs } = letter;
  return { open, contentHash, receivedAtMs, payloadBytes: batch.payload.length };
}

async function storeLetters(opened: readonly Opened[], deps: ReplayDeps, signal: AbortSignal): Promise<void> {
  const { letters, insertion, onFate } = deps;
  const store = async (part: readonly Opened[]): Promise<void> => {
    await insertion.storeRows(
      mergeAll(
        insertion,
        part.map(({ arrival }) => arrival.open),
      ),
      (storedAtMs) => part.map(({ arrival }) => storedRecord(arrival, storedAtMs)),
      signal,
    );
    stored.push(...part);
  };
  const refused = ({ letter }: Opened, error: StoreError): void =>
    onFate({ status: 'kept', letter, reason: refusalReason(error) });
  const stored: Opened[] = [];
  let waiting: readonly Opened[] = opened;
  while (waiting.length > 0) {
    const { group, left } = takeGroup(waiting, { rowsMax: GROUP_ROWS });
    await storeByHalves(group, store, refused, signal);
    waiting = left;
  }
  const whole = stored.filter(({ arrival }) => unknownReason(arrival.open) === undefined);
  await letters.remove(
    whole.map(({ letter }) => letter),
    signal,
  );
  for (const { letter, rows, arrival } of stored) {
    const reason = unknownReason(arrival.open);
    onFate(reason === undefined ? { status: 'stored', letter, rows } : { status: 'kept', letter, reason });
  }
}
