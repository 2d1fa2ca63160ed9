/** Sends batches again, as an agent would whose disk was copied: in any order, as often as wanted, to any hub. */
import { type ClientHttp2Session, connect } from 'node:http2';
import { createUnframer, decodeFields, encodeFields, frame } from './wire.ts';

export interface RedeliveryTarget {
  /** Of a hub on 127.0.0.1. */
  readonly port: number;
  readonly agent: string;
  readonly token: string;
}

export interface Redelivery {
  /** Batches that the hub stored again, or said that it has. */
  readonly taken: number;
  /** Batches that it refused for good: none should be, each was stored before or can be. */
  readonly rejected: number;
}

/** Fields of poplar.telemetry.v1. */
const REQUEST = { hello: 1, batch: 2 } as const;
const RESPONSE = { ack: 2 } as const;
const HELLO = { agent: 1, version: 2 } as const;
const ACK = { status: 2 } as const;
const REJECTED = 3;

/**
 * Sends encoded batches in this order. Resolves when all are answered, when the hub ends the stream, when it breaks or when the
 * signal aborts, with what was answered until then.
 */
export async function redeliver(
  { port, agent, token }: RedeliveryTarget,
  messages: readonly Buffer[],
  signal: AbortSignal,
): Promise<Redelivery> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    return await send(session, { agent, token }, messages, signal);
  } finally {
    session.destroy();
  }
}

async function send(
  session: ClientHttp2Session,
  { agent, token }: Omit<RedeliveryTarget, 'port'>,
  messages: readonly Buffer[],
  signal: AbortSignal,
): Promise<Redelivery> {
  let taken = 0;
  let rejected = 0;
  const over = Promise.withResolvers<void>();
  const end = (): void => over.resolve();
  session.on('error', end);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/poplar.telemetry.v1.IngestService/Stream',
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: `Bearer ${token}`,
  });
  const unframe = createUnframer();
  stream.on('data', (chunk: Buffer) => {
    for (const message of unframe(chunk)) {
      const ack = decodeFields(message).get(RESPONSE.ack);
      if (!(ack instanceof Uint8Array)) continue;
      if (decodeFields(ack).get(ACK.status) === REJECTED) rejected++;
      else taken++;
      if (taken + rejected === messages.length) end();
    }
  });
  stream.on('error', end);
  stream.on('end', end);
  stream.on('close', end);
  signal.addEventListener('abort', end, { once: true });
  const hello = encodeFields([HELLO.agent, Buffer.from(agent)], [HELLO.version, Buffer.from('redelivery')]);
  stream.write(frame(encodeFields([REQUEST.hello, hello])));
  for (const message of messages) {
    if (stream.destroyed || signal.aborted) break;
    const room = stream.write(frame(encodeFields([REQUEST.batch, message])));
    if (!room) await Promise.race([new Promise((resolve) => stream.once('drain', resolve)), over.promise]);
  }
  if (messages.length > 0) await over.promise;
  signal.removeEventListener('abort', end);
  return { taken, rejected };
}
