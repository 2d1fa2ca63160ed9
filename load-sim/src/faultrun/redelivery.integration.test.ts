import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redeliver } from './redelivery.ts';
import { createUnframer, decodeFields, frame } from './wire.ts';

let server: Http2Server;
const sessions = new Set<ServerHttp2Session>();
let port: number;
let authorization: unknown;
/** What is done with each batch, by its text. */
let answer: (stream: ServerHttp2Stream, batch: string) => void;

beforeEach(async () => {
  server = createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    authorization = headers['authorization'];
    stream.on('error', () => {});
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    const unframe = createUnframer();
    stream.on('data', (chunk: Buffer) => {
      for (const message of unframe(chunk)) {
        const batch = decodeFields(message).get(2);
        if (batch instanceof Uint8Array) answer(stream, Buffer.from(batch).toString());
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterEach(async () => {
  for (const session of sessions) session.destroy();
  sessions.clear();
  await new Promise((resolve) => server.close(resolve));
});

/** Ack{status} in StreamResponse. */
const ack = (status: number): Buffer => frame(Buffer.from([0x12, 0x02, 0x10, status]));
const NEVER = new AbortController().signal;
const batches = ['a', 'b', 'c'].map((text) => Buffer.from(text));
const target = () => ({ port, agent: 'agent1', token: 'secret' });

describe('redelivery', () => {
  it('sends every batch with the token and counts the answers', async () => {
    const seen: string[] = [];
    answer = (stream, batch) => {
      seen.push(batch);
      stream.write(ack(batch === 'b' ? 3 : batch === 'c' ? 2 : 1));
    };
    expect(await redeliver(target(), batches, NEVER)).toEqual({ taken: 2, rejected: 1 });
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(authorization).toBe('Bearer secret');
  });

  it('ends with what was answered when the hub ends the stream, or is not there', async () => {
    answer = (stream, batch) => (batch === 'a' ? stream.write(ack(1)) : stream.end());
    expect(await redeliver(target(), batches, NEVER)).toEqual({ taken: 1, rejected: 0 });
    expect(await redeliver({ ...target(), port: 1 }, batches, NEVER)).toEqual({ taken: 0, rejected: 0 });
  });

  it('ends when its time is over', async () => {
    answer = () => stopping.abort();
    const stopping = new AbortController();
    expect(await redeliver(target(), batches, stopping.signal)).toEqual({ taken: 0, rejected: 0 });
  });
});
