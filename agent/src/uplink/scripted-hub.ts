/** A hub for tests: a real gRPC server that answers by script. It stores nothing and remembers everything. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerDuplexStream, type ServiceDefinition, status } from '@grpc/grpc-js';
import { type BatchLimits, DEFAULT_LIMITS, MESSAGE_BYTES_MAX } from '@poplar/proto/limits';
import {
  AckStatus,
  type Batch,
  type Hello,
  IngestService,
  type Skipped,
  type StreamRequest,
  StreamRequestSchema,
  type StreamResponse,
  StreamResponseSchema,
} from '@poplar/proto/telemetry/v1/ingest';
import type { SequenceSpan } from '../spool/spool.ts';

type Call = ServerDuplexStream<StreamRequest, StreamResponse>;

/** What the hub does with a batch: answers it, keeps it waiting, rejects it, or ends the stream with a status. */
export type Verdict = 'ack' | 'hold' | 'reject' | status;

export interface HubScript {
  token: string;
  /** Serves TLS with this certificate. */
  tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  limits: BatchLimits;
  /** False: Hello gets no answer. */
  welcomes: boolean;
  /** Hub clock minus this machine's. */
  clockOffsetMs: number;
  /** What it says that it took to answer Hello. */
  answeringMs: number;
  done: (hello: Hello) => readonly SequenceSpan[];
  judge: (batch: Batch) => Verdict;
}

export interface ScriptedHub extends AsyncDisposable {
  readonly address: string;
  readonly script: HubScript;
  readonly hellos: readonly Hello[];
  readonly skipped: readonly Skipped[];
  /** Every batch that arrived, in order, repeated ones too. */
  readonly batches: readonly Batch[];
  /** Those that the hub said it had stored. */
  readonly stored: readonly Batch[];
  /** Sequences of the batches that arrived. */
  sequences(): number[];
  /** Payload bytes that wait for an answer. */
  readonly heldBytes: number;
  /** Answers what was held, the latest first. */
  answerHeld(): void;
  /** Ends every connection at once, as a killed hub would. The address is free afterwards. */
  kill(): void;
}

/** Starts a hub on 127.0.0.1, on a port of its own unless one is given. */
export async function startScriptedHub(script: Partial<HubScript> = {}, port = 0): Promise<ScriptedHub> {
  const rules: HubScript = {
    token: 'secret',
    tls: undefined,
    limits: DEFAULT_LIMITS,
    welcomes: true,
    clockOffsetMs: 0,
    answeringMs: 0,
    done: () => [],
    judge: () => 'ack',
    ...script,
  };
  const hellos: Hello[] = [];
  const batches: Batch[] = [];
  const stored: Batch[] = [];
  const skipped: Skipped[] = [];
  let held: { readonly call: Call; readonly batch: Batch }[] = [];
  const server = new Server({ 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX });

  function send(call: Call, message: NonNullable<MessageInitShape<typeof StreamResponseSchema>['message']>): void {
    if (!call.cancelled && !call.writableEnded) call.write(create(StreamResponseSchema, { message }));
  }

  function ack(call: Call, batch: Batch, verdict: AckStatus): void {
    const { epoch, sequence } = batch;
    if (verdict === AckStatus.STORED) stored.push(batch);
    const reason = verdict === AckStatus.REJECTED ? 'the test says so' : '';
    send(call, { case: 'ack', value: { range: { epoch, first: sequence, last: sequence }, status: verdict, rows: 1n, reason } });
  }

  function onHello(call: Call, hello: Hello): void {
    hellos.push(hello);
    if (!rules.welcomes) return;
    const { payloadBytesMax, uncompressedBytesMax, windowBytesMax } = rules.limits;
    const value = {
      limits: { payloadBytesMax, uncompressedBytesMax, windowBytesMax },
      hubTimeMs: BigInt(Date.now() + rules.clockOffsetMs),
      helloSentAtMs: hello.sentAtMs + BigInt(rules.answeringMs),
      done: rules.done(hello).map(({ epoch, first, last }) => ({ epoch, first: BigInt(first), last: BigInt(last) })),
    };
    send(call, { case: 'welcome', value });
  }

  function onBatch(call: Call, batch: Batch): void {
    batches.push(batch);
    const verdict = rules.judge(batch);
    if (verdict === 'ack') ack(call, batch, AckStatus.STORED);
    else if (verdict === 'reject') ack(call, batch, AckStatus.REJECTED);
    else if (verdict === 'hold') held.push({ call, batch });
    else call.emit('error', { code: verdict, details: 'the test ends the stream' });
  }

  const handler = (call: Call): void => {
    call.on('error', () => undefined);
    if (call.metadata.get('authorization')[0] !== `Bearer ${rules.token}`) {
      call.emit('error', { code: status.UNAUTHENTICATED, details: 'the token is not known' });
      return;
    }
    call.on('data', ({ message }: StreamRequest) => {
      if (message.case === 'hello') onHello(call, message.value);
      else if (message.case === 'batch') onBatch(call, message.value);
      else if (message.case === 'skipped') {
        skipped.push(message.value);
        const { range } = message.value;
        if (range !== undefined) send(call, { case: 'ack', value: { range, status: AckStatus.SKIPPED } });
      }
    });
    call.on('end', () => call.end());
  };
  server.addService(SERVICE, { stream: handler });
  const { tls } = rules;
  const serverCredentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }]);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, serverCredentials, (error, chosen) =>
      error === null ? resolve(chosen) : reject(error),
    );
  });

  return {
    address: `127.0.0.1:${bound}`,
    script: rules,
    hellos,
    batches,
    stored,
    skipped,
    sequences: () => batches.map(({ sequence }) => Number(sequence)),
    get heldBytes() {
      return held.reduce((sum, { batch }) => sum + batch.payload.length, 0);
    },
    answerHeld() {
      const answering = held;
      held = [];
      for (const { call, batch } of answering.reverse()) ack(call, batch, AckStatus.STORED);
    },
    kill: () => server.forceShutdown(),
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}

const SERVICE: ServiceDefinition = {
  stream: {
    path: `/${IngestService.typeName}/${IngestService.method.stream.name}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: (value: StreamRequest) => Buffer.from(toBinary(StreamRequestSchema, value)),
    requestDeserialize: (bytes: Buffer) => fromBinary(StreamRequestSchema, bytes),
    responseSerialize: (value: StreamResponse) => Buffer.from(toBinary(StreamResponseSchema, value)),
    responseDeserialize: (bytes: Buffer) => fromBinary(StreamResponseSchema, bytes),
  },
};
