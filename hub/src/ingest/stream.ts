/**
 * One agent's stream: Hello → Welcome, then batches in and acks out, in whatever order they are stored. Reading stops while
 * the writer's budget is full; HTTP/2 flow control carries that to the agent, whose spool grows.
 */

import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import { contentHash, type OpenBatch } from '@poplar/proto/batch';
import type { Decompress } from '@poplar/proto/decompress';
import type { BatchLimits } from '@poplar/proto/limits';
import {
  type AckSchema,
  AckStatus,
  type Batch,
  type Hello,
  SequenceRangeSchema,
  type Skipped,
  type StreamResponse,
  StreamResponseSchema,
} from '@poplar/proto/telemetry/v1/ingest';
import type { Logger } from 'pino';
import { expiredReason } from '../retention/expiry.ts';
import type { RetentionFloors } from '../retention/floors.ts';
import { type Fate, HELD_PER_BATCH_BYTES, type Refusal, type Writer } from '../writer/writer.ts';
import { admitBatch } from './admit.ts';
import type { BatchLedger } from './ledger.ts';
import type { IngestMetrics } from './metrics.ts';
import { Received } from './received.ts';
import type { RecentBatches } from './recent.ts';

export interface StreamDeps {
  readonly writer: Writer;
  readonly ledger: BatchLedger;
  readonly recent: RecentBatches;
  readonly limits: BatchLimits;
  /** Its answer need not outlive the next one: a batch is opened and handed to the writer, which keeps none of it, in one go. */
  readonly decompress: Decompress;
  readonly floors: RetentionFloors;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly log: Logger;
  readonly metrics: IngestMetrics;
}

/** The peer broke the protocol: the stream ends with INVALID_ARGUMENT and this message. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

export type StreamCall = ServerDuplexStream<Received, StreamResponse>;

/** How a stream ends when the hub ends it. */
export interface StreamEnd {
  readonly code: status;
  /** For the agent's operator. */
  readonly details: string;
  /** Label of the metric. */
  readonly cause: 'protocol' | 'unavailable';
}

/**
 * Serves the stream of `agent`. Resolves when every batch that was read has been answered: with undefined when the peer ended the
 * stream, or with the way it was ended by the hub. Never rejects.
 */
export async function serveStream(
  call: StreamCall,
  agent: string,
  deps: StreamDeps,
  signal: AbortSignal,
): Promise<StreamEnd | undefined> {
  const answers = new Set<Promise<void>>();
  let end: StreamEnd | undefined;

  /** Ends the stream once; the reading loop below notices, because an error event ends its iterator. */
  const endWith = (error: unknown): void => {
    if (end !== undefined || call.cancelled) return;
    end = streamEnd(error);
    if (end.cause === 'protocol' || !signal.aborted) deps.log.warn({ agent, err: error }, 'Ended an agent stream');
    call.emit('error', { code: end.code, details: end.details });
  };
  const track = (answer: Promise<void>): void => {
    const tracked = answer.catch(endWith).finally(() => answers.delete(tracked));
    answers.add(tracked);
  };
  // A stopping hub answers what it has read and ends the stream; the agent reconnects elsewhere or later.
  const endWhenAnswered = (): void => void Promise.all(answers).then(() => call.end());
  signal.addEventListener('abort', endWhenAnswered, { once: true });

  try {
    await readStream(call, agent, track, deps, signal);
  } catch (error) {
    endWith(error);
  }
  signal.removeEventListener('abort', endWhenAnswered);
  await Promise.all(answers);
  if (end === undefined && !call.cancelled) call.end();
  return end;
}

/** Reads until the peer ends the stream or the hub is stopping. Throws when the peer breaks the protocol or the stream is cut. */
async function readStream(
  call: StreamCall,
  agent: string,
  track: (answer: Promise<void>) => void,
  deps: StreamDeps,
  signal: AbortSignal,
): Promise<void> {
  // A look-up for an agent that has gone would only slow the next one down.
  const gone = new AbortController();
  call.once('cancelled', () => gone.abort(new Error('the agent has gone')));
  const lookups = AbortSignal.any([signal, gone.signal]);
  let greeted = false;
  // Without this option a throw in the loop would destroy the stream before its status is sent.
  for await (const received of call.iterator({ destroyOnReturn: false })) {
    if (!(received instanceof Received)) throw new Error('BUG: the deserializer made something else');
    if (signal.aborted) return;
    const { message } = received.request;
    if (!greeted && message.case !== 'hello') throw new ProtocolError('the first message of a stream must be Hello');
    switch (message.case) {
      case 'hello':
        if (greeted) throw new ProtocolError('Hello came twice');
        greeted = true;
        await welcome(call, agent, message.value, deps, lookups);
        break;
      case 'batch': {
        const batch = message.value;
        checkSize(batch, deps.limits);
        const reservedBytes = batch.uncompressedBytes + batch.payload.length + HELD_PER_BATCH_BYTES;
        if (!(await reserved(deps.writer, reservedBytes, signal))) return;
        track(answerBatch(call, agent, batch, reservedBytes, deps).then(() => received.release()));
        break;
      }
      case 'skipped':
        await answerSkipped(call, agent, message.value, deps, lookups);
        break;
      case undefined:
        throw new ProtocolError('a message has no content this hub knows; the agent may be newer than the hub');
    }
  }
}

/** Takes room in the writer's budget; false when the hub stops first. */
async function reserved(writer: Writer, bytes: number, signal: AbortSignal): Promise<boolean> {
  try {
    await writer.reserve(bytes, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

function streamEnd(error: unknown): StreamEnd {
  if (error instanceof ProtocolError) return { code: status.INVALID_ARGUMENT, details: error.message, cause: 'protocol' };
  return { code: status.UNAVAILABLE, details: 'the hub cannot store now; send again later', cause: 'unavailable' };
}

function checkSize(batch: Batch, limits: BatchLimits): void {
  if (batch.payload.length > limits.payloadBytesMax)
    throw new ProtocolError(`a batch of ${batch.payload.length} bytes is over the limit of ${limits.payloadBytesMax} in Welcome`);
  if (batch.uncompressedBytes > limits.uncompressedBytesMax)
    throw new ProtocolError(
      `a batch of ${batch.uncompressedBytes} bytes uncompressed is over the limit of ${limits.uncompressedBytesMax}`,
    );
}

async function welcome(call: StreamCall, agent: string, hello: Hello, deps: StreamDeps, signal: AbortSignal): Promise<void> {
  if (hello.agent !== agent)
    throw new ProtocolError(
      `the token belongs to agent "${agent}", but the agent calls itself "${hello.agent}": set the agent's name to match`,
    );
  const startedMs = deps.monotonicMs();
  const done = await deps.ledger.finished(agent, hello.pending, signal);
  const { payloadBytesMax, uncompressedBytesMax, windowBytesMax } = deps.limits;
  // The agent measures its clock against the middle of the exchange: the time that the look-up took must not count.
  const lookupMs = Math.round(deps.monotonicMs() - startedMs);
  send(call, {
    case: 'welcome',
    value: {
      done,
      limits: { payloadBytesMax, uncompressedBytesMax, windowBytesMax },
      hubTimeMs: BigInt(deps.nowMs()),
      helloSentAtMs: hello.sentAtMs === 0n ? 0n : hello.sentAtMs + BigInt(lookupMs),
    },
  });
  deps.log.info({ agent, version: hello.version, pending: hello.pending.length, done: done.length }, 'Agent connected');
}

async function answerBatch(
  call: StreamCall,
  agent: string,
  batch: Batch,
  reservedBytes: number,
  deps: StreamDeps,
): Promise<void> {
  const { writer, recent, metrics, nowMs } = deps;
  const { epoch, sequence } = batch;
  const payloadBytes = batch.payload.length;
  const receivedAtMs = nowMs();
  metrics.payloadBytes.inc(payloadBytes);
  const hash = contentHash(batch.payload);
  const range = { epoch, first: sequence, last: sequence };
  const known = recent.fateOf(agent, epoch, sequence, hash);
  if (known !== undefined) {
    writer.release(reservedBytes);
    metrics.duplicates.inc();
    sendFate(call, range, known, AckStatus.DUPLICATE);
    return;
  }
  const open = (): OpenBatch | Refusal => openOrRefuse(agent, batch, deps);
  const fate = await writer.store({ agent, batch, contentHash: hash, receivedAtMs, open }, reservedBytes);
  recent.add(agent, epoch, sequence, hash, fate);
  deps.log.debug(
    { agent, sequence: Number(sequence), bytes: payloadBytes, fate: fate.status, ms: nowMs() - receivedAtMs },
    'Settled',
  );
  sendFate(call, range, fate);
}

function openOrRefuse(agent: string, batch: Batch, { limits, decompress, floors, metrics }: StreamDeps): OpenBatch | Refusal {
  const open = admitBatch(agent, batch, limits, decompress);
  if (typeof open === 'string') return { status: 'refused', reason: open, kept: true };
  const expired = expiredReason(open, floors.ms('raw'));
  if (expired === undefined) return open;
  metrics.expired.inc();
  return { status: 'refused', reason: expired, kept: false };
}

function sendFate(
  call: StreamCall,
  range: MessageInitShape<typeof SequenceRangeSchema>,
  fate: Fate,
  ofStored: AckStatus = AckStatus.STORED,
): void {
  if (fate.status === 'stored') sendAck(call, { status: ofStored, rows: BigInt(fate.rows), range });
  else sendAck(call, { status: AckStatus.REJECTED, reason: fate.reason, range });
}

async function answerSkipped(
  call: StreamCall,
  agent: string,
  skipped: Skipped,
  deps: StreamDeps,
  signal: AbortSignal,
): Promise<void> {
  const { range } = skipped;
  if (range === undefined || range.first < 1n || range.last < range.first) throw new ProtocolError('Skipped names no range');
  await deps.ledger.recordSkipped(agent, skipped, deps.nowMs(), signal);
  deps.log.warn({ agent, first: range.first, last: range.last, reason: skipped.reason }, 'Agent gave up batches');
  sendAck(call, { status: AckStatus.SKIPPED, range: create(SequenceRangeSchema, range) });
}

function sendAck(call: StreamCall, ack: MessageInitShape<typeof AckSchema>): void {
  send(call, { case: 'ack', value: ack });
}

function send(call: StreamCall, message: MessageInitShape<typeof StreamResponseSchema>['message']): void {
  if (call.cancelled || call.destroyed || message === undefined) return;
  call.write(create(StreamResponseSchema, { message }));
}
