/** One stream to one hub: Hello, Welcome, then batches up within a window and acks down in any order. */
import { fromBinary } from '@bufbuild/protobuf';
import { type BatchLimits, DEFAULT_LIMITS, MESSAGE_BYTES_MAX } from '@poplar/proto/limits';
import {
  type Ack,
  AckStatus,
  BatchSchema,
  type SequenceRange,
  type StreamResponse,
  type Welcome,
} from '@poplar/proto/telemetry/v1/ingest';
import type { Logger } from 'pino';
import { type Bell, pause } from '../bell.ts';
import type { Clock } from '../clock.ts';
import { type SequenceSpan, type Spool, type SpoolItem, SpoolWriteError } from '../spool/spool.ts';
import { createFlight, type Flight } from './flight.ts';
import type { DialHub, HubStream, StreamEnd } from './hub-stream.ts';
import { createLanes } from './lanes.ts';
import { encodeBatchRequest, encodeHello, encodeSkipped } from './messages.ts';
import type { UplinkMetrics } from './metrics.ts';
import type { Pace } from './pace.ts';

/** A round trip that takes longer says nothing about the clocks. */
const ROUND_TRIP_MAX_MS = 1000;
/** A hub that says it took longer than the answer did, by more than two stopwatches differ, tells nothing. */
const STOPWATCHES_MS = 50;
/** Room for what surrounds a payload in its message. */
const ENVELOPE_BYTES = 1024;

export interface SessionConfig {
  readonly agent: string;
  readonly version: string;
  readonly address: string;
  /** Batches that may have reached a hub: the hub is asked for their fate. */
  readonly pending: readonly SpoolItem[];
  /** Earlier streams ended while these were under way: they are tried among themselves once the hub has taken another one. */
  readonly heldBack: readonly SpoolItem[];
  /** How many of those to try together. */
  readonly trialMax: number;
  readonly welcomeDeadlineMs: number;
}

export interface SessionDeps {
  readonly dial: DialHub;
  readonly spool: Spool;
  readonly clock: Clock;
  /** Of the backlog, over all streams. */
  readonly pace: Pace;
  /** Rings when the spool has something new; the session is its one waiter. */
  readonly news: Bell;
  readonly log: Logger;
  readonly metrics: UplinkMetrics;
  /** `clockOffsetMs` is undefined when the handshake was no measurement. */
  onWelcome(clockOffsetMs: number | undefined): void;
  onAck(): void;
}

export interface SessionEnd extends StreamEnd {
  readonly welcomed: boolean;
  /** The hub was reached, and had no answer to Hello in time. */
  readonly silent: boolean;
  /** Sent and not answered. */
  readonly unanswered: readonly SpoolItem[];
}

/**
 * Runs until the stream ends or `stop` aborts; then sends the fresh batches that remain, waits for answers and ends the
 * stream in order. `cut` ends it at once. Rejects only with what the spool throws.
 */
export async function runSession(
  config: SessionConfig,
  deps: SessionDeps,
  stop: AbortSignal,
  cut: AbortSignal,
): Promise<SessionEnd> {
  const { clock, metrics, news, spool } = deps;
  const welcomed = Promise.withResolvers<Welcome>();
  let flight: Flight = createFlight(0);
  const over = new AbortController();
  let reached = false;
  /** The hub has taken a batch of this stream. */
  let takes = false;

  const stream = deps.dial(config.address, (response: StreamResponse) => {
    if (response.message.case === 'welcome') welcomed.resolve(response.message.value);
    else if (response.message.case === 'ack') onAck(response.message.value);
  });
  const ended = stream.ended.then((result) => {
    over.abort();
    news.ring();
    return result;
  });
  const onCut = (): void => stream.cancel('the last answers did not come in time');
  cut.addEventListener('abort', onCut, { once: true });
  if (cut.aborted) onCut();
  const onStop = (): void => news.ring();
  stop.addEventListener('abort', onStop, { once: true });

  function onAck({ range, status, rows, reason }: Ack): void {
    if (range === undefined) return;
    const span = spanOf(range);
    const landed = flight.land(span);
    takes ||= landed.length > 0;
    spool.ack(span);
    metrics.acks.inc({ status: statusName(status) }, Math.max(1, landed.length));
    metrics.ackedRows.inc({ status: statusName(status) }, Number(rows));
    metrics.inFlightBytes.set(flight.bytes);
    if (status === AckStatus.REJECTED)
      deps.log.error(
        { epoch: String(span.epoch), first: span.first, last: span.last, reason },
        'The hub rejected a batch; it keeps its bytes as a dead letter',
      );
    else deps.log.debug({ first: span.first, last: span.last, rows: Number(rows) }, 'Stored');
    deps.onAck();
    news.ring();
  }

  try {
    const welcome = await handshake(stream, welcomed.promise, ended);
    if (welcome === undefined) {
      const tooLate = reached && !over.signal.aborted;
      stream.cancel(`no Welcome within ${config.welcomeDeadlineMs} ms`);
      return { ...(await ended), welcomed: false, silent: tooLate, unanswered: [] };
    }
    metrics.connected.set(1);
    const limits = limitsOf(welcome);
    flight = createFlight(limits.windowBytesMax);
    await sendAll(stream, limits);
    return { ...(await ended), welcomed: true, silent: false, unanswered: flight.items };
  } finally {
    metrics.connected.set(0);
    metrics.inFlightBytes.set(0);
    cut.removeEventListener('abort', onCut);
    stop.removeEventListener('abort', onStop);
    stream.cancel('the session is over');
  }

  /** Undefined when the stream ended instead, or no answer came in time. */
  async function handshake(hub: HubStream, answer: Promise<Welcome>, hubEnded: Promise<unknown>): Promise<Welcome | undefined> {
    const late = pause(config.welcomeDeadlineMs, over.signal).then(() => undefined);
    const gone = Promise.race([late, hubEnded.then(() => undefined)]);
    // Hello's time is when it leaves: what a connection takes would be taken for an offset of the clocks.
    reached = (await Promise.race([hub.opened.then(() => true), gone])) === true;
    if (!reached) return undefined;
    const generation = clock.generation();
    const sentAtMs = clock.nowMs();
    await hub.send(encodeHello({ ...config, sentAtMs }));
    const welcome = await Promise.race([answer, gone]);
    if (welcome === undefined) return undefined;
    const nowMs = clock.nowMs();
    const roundTripMs = nowMs - sentAtMs - answeringMs(welcome, sentAtMs);
    const isTelling = roundTripMs >= -STOPWATCHES_MS && roundTripMs <= ROUND_TRIP_MAX_MS;
    const measured = isTelling && clock.generation() === generation;
    deps.onWelcome(measured ? Number(welcome.hubTimeMs) - (nowMs - Math.max(0, roundTripMs) / 2) : undefined);
    for (const range of welcome.done) spool.ack(spanOf(range));
    return welcome;
  }

  async function sendAll(hub: HubStream, limits: BatchLimits): Promise<void> {
    const held = [...config.heldBack];
    const lanes = createLanes({ spool, pace: deps.pace, heldBack: held });
    while (!over.signal.aborted) {
      if (stop.aborted) lanes.stopBacklog();
      const skip = spool.state().skips.find((candidate) => !flight.hasSkip(candidate));
      const trying = held.length > 0 && takes && !stop.aborted;
      const choice = skip === undefined && !trying ? lanes.next(flight) : undefined;
      if (skip !== undefined) {
        flight.addSkip(skip);
        await hub.send(encodeSkipped(skip));
      } else if (choice !== undefined) {
        await sendBatch(hub, choice.item, choice.lane, limits);
      } else if (trying && flight.empty) {
        await sendTrial(hub, held.splice(0, config.trialMax), limits);
      } else if (stop.aborted && lanes.freshDone && flight.empty) {
        hub.finish();
        await ended;
      } else {
        await news.wait(over.signal, lanes.waitMs);
      }
    }
  }

  /** Nothing else is under way until the hub has answered these. */
  async function sendTrial(hub: HubStream, items: readonly SpoolItem[], limits: BatchLimits): Promise<void> {
    for (const item of items) {
      while (!over.signal.aborted && !flight.hasRoom('fresh', item.bytes)) await news.wait(over.signal);
      if (!over.signal.aborted) await sendBatch(hub, item, 'fresh', limits);
    }
    while (!over.signal.aborted && !flight.empty) await news.wait(over.signal);
  }

  async function sendBatch(hub: HubStream, item: SpoolItem, lane: 'fresh' | 'backlog', limits: BatchLimits): Promise<void> {
    const message = await spool.read(item);
    if (message === undefined) return;
    const { payload, uncompressedBytes } = fromBinary(BatchSchema, message);
    if (payload.length > limits.payloadBytesMax || uncompressedBytes > limits.uncompressedBytesMax) {
      deps.log.error(
        { payload_bytes: payload.length, uncompressed_bytes: uncompressedBytes, limits },
        'A batch is over the limits of the hub and is given up; lower batch.bytes_max or raise the limits of the hub',
      );
      await spool.giveUp(item, 'too_large').catch((error: unknown) => {
        // A full disk takes no declaration: the next stream comes back to it, and those behind it go on.
        if (!(error instanceof SpoolWriteError)) throw error;
      });
      return;
    }
    flight.add(lane, item);
    metrics.sentBatches.inc({ lane });
    metrics.sentBytes.inc(message.length);
    metrics.inFlightBytes.set(flight.bytes);
    await hub.send(encodeBatchRequest(message));
  }
}

/** What the hub took to answer Hello: it looks up batches first, which says nothing about the way there and back. */
function answeringMs({ helloSentAtMs }: Welcome, sentAtMs: number): number {
  if (helloSentAtMs === 0n) return 0;
  return Math.max(0, Number(helloSentAtMs) - Math.trunc(sentAtMs));
}

function spanOf({ epoch, first, last }: SequenceRange): SequenceSpan {
  return { epoch, first: Number(first), last: Number(last) };
}

/** What the hub takes. On the wire a limit that is left out is 0. */
function limitsOf({ limits }: Welcome): BatchLimits {
  return {
    payloadBytesMax: Math.min(limits?.payloadBytesMax || DEFAULT_LIMITS.payloadBytesMax, MESSAGE_BYTES_MAX - ENVELOPE_BYTES),
    uncompressedBytesMax: limits?.uncompressedBytesMax || DEFAULT_LIMITS.uncompressedBytesMax,
    windowBytesMax: Math.min(limits?.windowBytesMax || DEFAULT_LIMITS.windowBytesMax, DEFAULT_LIMITS.windowBytesMax),
  };
}

function statusName(status: AckStatus): string {
  const names: Readonly<Record<number, string>> = {
    [AckStatus.STORED]: 'stored',
    [AckStatus.DUPLICATE]: 'duplicate',
    [AckStatus.REJECTED]: 'rejected',
    [AckStatus.SKIPPED]: 'skipped',
  };
  return names[status] ?? 'unknown';
}
