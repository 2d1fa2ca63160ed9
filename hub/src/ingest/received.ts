/**
 * A message of an agent as it came. Batches are held until they are stored, which is long enough for their bytes to count as old: only a
 * collection of everything would find them, and they would make it due every few seconds. So their memory is given back by hand.
 */
import { fromBinary } from '@bufbuild/protobuf';
import { type StreamRequest, StreamRequestSchema } from '@poplar/proto/telemetry/v1/ingest';

/** What grpc-js puts before a message in the memory that it makes for both: whether the message is compressed, and its length. */
const HEAD_BYTES = 5;

export class Received {
  readonly request: StreamRequest;
  private readonly memory: ArrayBuffer | undefined;

  /** Decodes a message as grpc-js hands it over. Throws on bytes that are none. */
  constructor({ buffer, byteOffset, byteLength }: Buffer) {
    this.request = fromBinary(StreamRequestSchema, new Uint8Array(buffer, byteOffset, byteLength));
    const alone = byteOffset === HEAD_BYTES && buffer.byteLength === HEAD_BYTES + byteLength;
    this.memory = alone && buffer instanceof ArrayBuffer ? buffer : undefined;
  }

  /** Gives the memory of the message's byte fields back, if nothing else lies in it: they are empty from then on. */
  release(): void {
    this.memory?.transfer(0);
  }
}
