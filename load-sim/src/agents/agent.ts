/**
 * One synthetic agent: a bounded spool in memory, a window, and the stream that it sends over while there is one. What is sealed is
 * kept until the hub has answered, and sent again with the same bytes over the next stream.
 */
import type { ClientHttp2Stream } from 'node:http2';
import { createUnframer, decodeFields, encodeFields, frame } from '../faultrun/wire.ts';
import type { SealedBatch } from './sealing.ts';

export interface SyntheticAgent {
  readonly name: string;
  readonly token: string;
  /** True when nothing more may be sealed: the caller has to wait, nothing is dropped. */
  readonly full: boolean;
  /** Sealed and not answered. */
  readonly pending: number;
  /** The hub has welcomed it over the stream that it has now. */
  readonly welcomed: boolean;
  /** Keeps a batch until it is answered, and sends it as soon as the window has room. Must not be called while full. */
  offer(batch: SealedBatch): void;
  /** Speaks the protocol over a stream that was just opened, until that ends. */
  use(stream: ClientHttp2Stream): void;
}

/** Hears what the hub answers. */
export interface AnswerListener {
  stored(batch: SealedBatch, duplicate: boolean): void;
  rejected(batch: SealedBatch, reason: string): void;
  /** The batch went out once more. */
  resent(batch: SealedBatch): void;
  welcomed(): void;
}

/** Batches of an agent that may wait for an answer; an agent at a site keeps more, on its disk. */
const SPOOL_BATCHES_MAX = 64;

/** Fields of poplar.telemetry.v1. */
const REQUEST_HELLO = 1;
const HELLO = { agent: 1, version: 2 } as const;
const RESPONSE = { welcome: 1, ack: 2 } as const;
const WELCOME_LIMITS = 2;
const LIMITS = { payloadBytesMax: 1, windowBytesMax: 3 } as const;
const ACK = { range: 1, status: 2, reason: 4 } as const;
const RANGE = { first: 2, last: 3 } as const;
const STATUS = { stored: 1, duplicate: 2, rejected: 3 } as const;

interface Kept {
  readonly batch: SealedBatch;
  /** Over the stream of now, and ever. */
  sent: boolean;
  sentBefore: boolean;
}

export function createSyntheticAgent(name: string, token: string, listener: AnswerListener): SyntheticAgent {
  const spool = new Map<number, Kept>();
  let stream: ClientHttp2Stream | undefined;
  let window = 0;
  let inFlight = 0;

  function pump(): void {
    if (stream === undefined || !stream.writable || window === 0) return;
    for (const kept of spool.values()) {
      if (kept.sent) continue;
      const { batch } = kept;
      // A batch larger than the window goes alone.
      if (inFlight > 0 && inFlight + batch.payloadBytes > window) return;
      inFlight += batch.payloadBytes;
      kept.sent = true;
      if (kept.sentBefore) listener.resent(batch);
      kept.sentBefore = true;
      stream.write(batch.message);
    }
  }

  function hear(message: Buffer): void {
    const fields = decodeFields(message);
    const welcome = fields.get(RESPONSE.welcome);
    const ack = fields.get(RESPONSE.ack);
    if (welcome instanceof Uint8Array) {
      const limits = messageOf(decodeFields(welcome).get(WELCOME_LIMITS));
      window = Number(limits.get(LIMITS.windowBytesMax) ?? 0);
      listener.welcomed();
    }
    if (ack instanceof Uint8Array) settle(decodeFields(ack));
    pump();
  }

  function settle(ack: ReadonlyMap<number, number | Uint8Array>): void {
    const range = messageOf(ack.get(ACK.range));
    const status = Number(ack.get(ACK.status) ?? 0);
    const reason = ack.get(ACK.reason);
    for (let sequence = Number(range.get(RANGE.first)); sequence <= Number(range.get(RANGE.last)); sequence++) {
      const kept = spool.get(sequence);
      if (kept === undefined) continue;
      spool.delete(sequence);
      if (kept.sent) inFlight -= kept.batch.payloadBytes;
      if (status === STATUS.stored || status === STATUS.duplicate) listener.stored(kept.batch, status === STATUS.duplicate);
      else listener.rejected(kept.batch, reason instanceof Uint8Array ? Buffer.from(reason).toString() : `status ${status}`);
    }
  }

  return {
    name,
    token,
    get full() {
      return spool.size >= SPOOL_BATCHES_MAX;
    },
    get pending() {
      return spool.size;
    },
    get welcomed() {
      return window > 0;
    },
    offer(batch) {
      spool.set(batch.sequence, { batch, sent: false, sentBefore: false });
      pump();
    },
    use(opened) {
      stream = opened;
      window = 0;
      inFlight = 0;
      for (const kept of spool.values()) kept.sent = false;
      const unframe = createUnframer();
      opened.on('data', (chunk: Buffer) => {
        if (opened === stream) for (const message of unframe(chunk)) hear(message);
      });
      // The hub is stopping: what it has not answered goes over the next stream.
      opened.once('end', () => opened.end());
      opened.once('close', () => {
        if (opened !== stream) return;
        stream = undefined;
        window = 0;
      });
      const hello = encodeFields([HELLO.agent, Buffer.from(name)], [HELLO.version, Buffer.from('synthetic')]);
      opened.write(frame(encodeFields([REQUEST_HELLO, hello])));
    },
  };
}

function messageOf(field: number | Uint8Array | undefined): ReadonlyMap<number, number | Uint8Array> {
  return field instanceof Uint8Array ? decodeFields(field) : new Map();
}
