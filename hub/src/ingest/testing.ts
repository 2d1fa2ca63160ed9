/** Both ends of the uplink for tests: a hub's ingest side, and a bare agent that speaks the protocol and nothing else. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { ClickHouseClient } from '@clickhouse/client';
import { Client, type ClientDuplexStream, credentials, Metadata, type StatusObject } from '@grpc/grpc-js';
import { createDecompressor } from '@poplar/proto/decompress';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import {
  type Ack,
  type Batch,
  type PendingRangeSchema,
  type SequenceRangeSchema,
  type SkipReason,
  type StreamRequest,
  StreamRequestSchema,
  type StreamResponse,
  StreamResponseSchema,
  type Welcome,
} from '@poplar/proto/telemetry/v1/ingest';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createRetentionFloors, KEEP_ALL, type RetentionFloors } from '../retention/floors.ts';
import { createBatchLedger } from '../store/ledger.ts';
import { createSampleStore } from '../store/sample-store.ts';
import { createWriterMetrics } from '../writer/metrics.ts';
import { createWriter, DEFAULT_WRITER_CONFIG } from '../writer/writer.ts';
import { createAgentDirectory } from './agents.ts';
import { createIngestMetrics } from './metrics.ts';
import { createRecentBatches } from './recent.ts';
import { startIngestServer } from './server.ts';

const log = pino({ level: 'silent' });

/** A hub's ingest side on the ClickHouse of `client`, for agent "fra1" with `token`: ends with the scope. */
export async function startIngest(
  client: ClickHouseClient,
  token: string,
  floors: RetentionFloors = createRetentionFloors(KEEP_ALL),
) {
  const registry = new Registry();
  const stop = new AbortController();
  const store = createSampleStore(client);
  const writer = createWriter(
    { ...DEFAULT_WRITER_CONFIG, flushAgeMs: 20, retryMs: 20 },
    { store, nowMs: Date.now, monotonicMs: () => performance.now(), log, metrics: createWriterMetrics(registry) },
  );
  const running = writer.run(stop.signal);
  const server = await startIngestServer(
    { host: '127.0.0.1', port: 0, tls: undefined },
    {
      writer,
      ledger: createBatchLedger(client),
      recent: createRecentBatches(100),
      limits: DEFAULT_LIMITS,
      decompress: createDecompressor(),
      floors,
      nowMs: Date.now,
      monotonicMs: () => performance.now(),
      log,
      metrics: createIngestMetrics(registry),
      agents: createAgentDirectory([{ name: 'fra1', token }]),
    },
  );
  return {
    port: server.port,
    registry,
    async [Symbol.asyncDispose]() {
      await server.stop(1000);
      stop.abort();
      await running;
    },
  };
}

/** A stream of an agent to the ingest port. */
export function connectAgent(port: number, token: string) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  const stream: ClientDuplexStream<StreamRequest, StreamResponse> = client.makeBidiStreamRequest(
    '/poplar.telemetry.v1.IngestService/Stream',
    (request: StreamRequest) => Buffer.from(toBinary(StreamRequestSchema, request)),
    (bytes: Buffer) => fromBinary(StreamResponseSchema, bytes),
    metadata,
  );
  let onWelcome: (welcome: Welcome) => void = () => {};
  const onAck = new Map<string, (ack: Ack) => void>();
  const ended = new Promise<StatusObject>((resolve) => {
    stream.on('status', resolve);
  });
  stream.on('error', () => {});
  stream.on('data', ({ message }: StreamResponse) => {
    if (message.case === 'welcome') onWelcome(message.value);
    else if (message.case === 'ack') onAck.get(nameOf(message.value.range))?.(message.value);
  });
  const write = (message: MessageInitShape<typeof StreamRequestSchema>['message']): void => {
    if (message !== undefined) stream.write(create(StreamRequestSchema, { message }));
  };
  const acked = (range: { epoch: bigint; first: bigint }): Promise<Ack> =>
    new Promise((resolve, reject) => {
      onAck.set(nameOf(range), resolve);
      void ended.then(({ details }) => reject(new Error(`the stream ended: ${details}`)));
    });

  return {
    /** How the stream ended. */
    ended,
    hello(agent: string, pending: MessageInitShape<typeof PendingRangeSchema>[] = []): Promise<Welcome> {
      write({ case: 'hello', value: { agent, version: 'test', pending, sentAtMs: BigInt(Date.now()) } });
      return new Promise((resolve, reject) => {
        onWelcome = resolve;
        void ended.then(({ details }) => reject(new Error(`the stream ended: ${details}`)));
      });
    },
    send(batch: Batch): Promise<Ack> {
      write({ case: 'batch', value: batch });
      return acked({ epoch: batch.epoch, first: batch.sequence });
    },
    skip(
      range: MessageInitShape<typeof SequenceRangeSchema> & { epoch: bigint; first: bigint },
      reason: SkipReason,
    ): Promise<Ack> {
      write({ case: 'skipped', value: { range, reason } });
      return acked(range);
    },
    async [Symbol.asyncDispose]() {
      stream.end();
      stream.cancel();
      await ended;
      client.close();
    },
  };
}

function nameOf(range: { epoch: bigint; first: bigint } | undefined): string {
  return `${range?.epoch}/${range?.first}`;
}
