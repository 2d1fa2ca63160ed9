/** An agent's side of a stream that sends batches as fast as the hub takes them. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import {
  AckStatus,
  type Batch,
  IngestService,
  type StreamRequest,
  StreamRequestSchema,
  type StreamResponse,
  StreamResponseSchema,
} from '@poplar/proto/telemetry/v1/ingest';

const METHOD = `/${IngestService.typeName}/${IngestService.method.stream.name}`;

export interface Feeder extends Disposable {
  /** Sends batches within the hub's window and resolves when each is stored. Rejects when the hub rejects one or ends the stream. */
  send(batches: Iterable<Batch>): Promise<void>;
}

/** Connects as an agent; resolves when the hub has welcomed it. */
export async function connectFeeder(port: number, agent: string, token: string): Promise<Feeder> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  const call = client.makeBidiStreamRequest(
    METHOD,
    (request: StreamRequest) => Buffer.from(toBinary(StreamRequestSchema, request)),
    (bytes: Buffer) => fromBinary(StreamResponseSchema, bytes),
    metadata,
  );
  let windowBytesMax = 0;
  let fault: Error | undefined;
  let inFlightBytes = 0;
  const sizes = new Map<bigint, number>();
  let wake: () => void = () => {};
  const fail = (error: Error): void => {
    fault ??= error;
    wake();
  };
  const changed = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  call.on('error', fail);
  call.on('end', () => fail(new Error('the hub ended the stream')));
  call.on('data', ({ message }: StreamResponse) => {
    if (message.case === 'welcome') windowBytesMax = message.value.limits?.windowBytesMax ?? 0;
    if (message.case === 'ack') {
      const { range, status, reason } = message.value;
      if (status !== AckStatus.STORED) fail(new Error(`a batch was not stored (status ${status}): ${reason}`));
      if (range !== undefined)
        for (let sequence = range.first; sequence <= range.last; sequence++) {
          inFlightBytes -= sizes.get(sequence) ?? 0;
          sizes.delete(sequence);
        }
    }
    wake();
  });
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      if (fault !== undefined) throw fault;
      await changed();
    }
  };

  call.write(
    create(StreamRequestSchema, {
      message: { case: 'hello', value: { agent, version: 'bench', pending: [], sentAtMs: BigInt(Date.now()) } },
    }),
  );
  await until(() => windowBytesMax > 0);
  return {
    async send(batches) {
      for (const batch of batches) {
        const bytes = batch.payload.length;
        await until(() => inFlightBytes === 0 || inFlightBytes + bytes <= windowBytesMax);
        inFlightBytes += bytes;
        sizes.set(batch.sequence, bytes);
        call.write(create(StreamRequestSchema, { message: { case: 'batch', value: batch } }));
      }
      await until(() => sizes.size === 0);
    },
    [Symbol.dispose]() {
      call.removeListener('error', fail);
      call.on('error', () => {});
      call.cancel();
      client.close();
    },
  };
}
