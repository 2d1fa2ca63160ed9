import { create, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { type StreamRequest, StreamRequestSchema } from '@poplar/proto/telemetry/v1/ingest';
import { expect, it } from 'vitest';
import { Received } from './received.ts';

/** As grpc-js frames a message: alone in its memory, behind five bytes. */
function framed(payload: Uint8Array): Buffer {
  const message = create(StreamRequestSchema, { message: { case: 'batch', value: { sequence: 1n, payload } } });
  return Buffer.concat([Buffer.alloc(5), toBinary(StreamRequestSchema, message)]);
}

const payloadOf = ({ message }: StreamRequest): Uint8Array | undefined =>
  message.case === 'batch' ? message.value.payload : undefined;

it('gives the memory of a message back', () => {
  const frame = framed(Buffer.alloc(100_000, 7));
  const received = new Received(frame.subarray(5));
  expect(payloadOf(received.request)).toEqual(new Uint8Array(100_000).fill(7));
  received.release();
  expect(frame.buffer.byteLength).toBe(0);
  expect(payloadOf(received.request)).toHaveLength(0);
});

it.each([
  ['a message before it', (frame: Buffer) => Buffer.concat([Buffer.alloc(3), frame]).subarray(8)],
  ['a message behind it', (frame: Buffer) => Buffer.concat([frame, Buffer.alloc(1)]).subarray(5, frame.length)],
  ["Node's pool around it", (frame: Buffer) => Buffer.from(frame.subarray(0, 200)).subarray(5)],
])('keeps the memory that has %s', (_what, place) => {
  const small = framed(Buffer.alloc(100, 7));
  const bytes = place(small);
  const received = new Received(bytes);
  received.release();
  expect(payloadOf(received.request)).toEqual(new Uint8Array(100).fill(7));
  expect(bytes).toHaveLength(small.length - 5);
});

it('finds a message alone in its memory as grpc-js hands it over', async () => {
  const path = '/test/send';
  const asTheyAre = { responseSerialize: (bytes: Buffer) => bytes, responseDeserialize: (bytes: Buffer) => bytes };
  const left: (number | undefined)[] = [];
  const server = new Server();
  server.addService(
    {
      send: {
        path,
        requestStream: false,
        responseStream: false,
        requestSerialize: ({ request }: Received) => Buffer.from(toBinary(StreamRequestSchema, request)),
        requestDeserialize: (bytes: Buffer) => new Received(bytes),
        ...asTheyAre,
      },
    },
    {
      send({ request: received }: ServerUnaryCall<Received, Buffer>, answer: sendUnaryData<Buffer>) {
        left.push(payloadOf(received.request)?.length);
        received.release();
        left.push(payloadOf(received.request)?.length);
        answer(null, Buffer.alloc(0));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  await new Promise<void>((resolve, reject) => {
    const bytes = framed(Buffer.alloc(100_000, 7)).subarray(5);
    client.makeUnaryRequest(
      path,
      (message: Buffer) => message,
      asTheyAre.responseDeserialize,
      bytes,
      (error) => (error === null ? resolve() : reject(error)),
    );
  });
  client.close();
  server.forceShutdown();
  expect(left).toEqual([100_000, 0]);
});
