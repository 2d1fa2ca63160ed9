/** The gRPC port: authenticates each stream by its token and serves it until it ends. */
import { setDefaultHighWaterMark } from 'node:stream';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type handleBidiStreamingCall, Server, ServerCredentials, type ServiceDefinition, status } from '@grpc/grpc-js';
import { MESSAGE_BYTES_MAX } from '@poplar/proto/limits';
import { IngestService, StreamRequestSchema, type StreamResponse, StreamResponseSchema } from '@poplar/proto/telemetry/v1/ingest';
import type { AgentDirectory } from './agents.ts';
import { type CertificateFiles, readCertificate } from './certificate.ts';
import { Received } from './received.ts';
import { type StreamDeps, serveStream } from './stream.ts';

export interface IngestServerConfig {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** PEM files; undefined serves plaintext. */
  readonly tls: CertificateFiles | undefined;
}

export interface IngestServer extends AsyncDisposable {
  readonly port: number;
  /** Refuses new streams, lets the open ones be answered for `graceMs`, then cuts them. Dispose does the same with five seconds. */
  stop(graceMs: number): Promise<void>;
}

const STOP_GRACE_MS = 5_000;

const SERVICE = {
  stream: {
    path: `/${IngestService.typeName}/${IngestService.method.stream.name}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: ({ request }: Received) => Buffer.from(toBinary(StreamRequestSchema, request)),
    requestDeserialize: (bytes: Buffer) => new Received(bytes),
    responseSerialize: (response: StreamResponse) => Buffer.from(toBinary(StreamResponseSchema, response)),
    responseDeserialize: (bytes: Buffer) => fromBinary(StreamResponseSchema, bytes),
  },
} satisfies ServiceDefinition;

/** Starts listening. Throws when the port is taken or the TLS files cannot be read. */
export async function startIngestServer(
  config: IngestServerConfig,
  deps: StreamDeps & { readonly agents: AgentDirectory },
): Promise<IngestServer> {
  const { log, metrics } = deps;
  // grpc-js reads a stream of messages ahead up to Node's default of 16 objects: 16 batches per agent that no budget counts.
  setDefaultHighWaterMark(true, 1);
  const stopping = new AbortController();
  const server = new Server({
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
    'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
    // A dead peer is noticed within half a minute, and agents may ping as often as they do by default.
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.http2.min_ping_interval_without_data_ms': 5_000,
  });

  const handler: handleBidiStreamingCall<Received, StreamResponse> = (call) => {
    const [authorization] = call.metadata.get('authorization');
    const agent = deps.agents.identify(typeof authorization === 'string' ? authorization : undefined);
    // A cut stream errors; what it held is answered by its re-sending.
    call.on('error', () => {});
    if (agent === undefined) {
      metrics.refused.inc({ cause: 'token' });
      log.warn({ peer: call.getPeer() }, 'Refused an agent: its token is not in the configuration (agents[].token)');
      call.emit('error', { code: status.UNAUTHENTICATED, details: 'the token is not known to this hub' });
      return;
    }
    metrics.streams.inc();
    void serveStream(call, agent, deps, stopping.signal).then((end) => {
      metrics.streams.dec();
      if (end !== undefined) metrics.refused.inc({ cause: end.cause });
    });
  };
  server.addService(SERVICE, { stream: handler });

  const port = await bind(server, config);
  log.info({ host: config.host, port, tls: config.tls !== undefined }, 'Ingest listens');
  const stop = async (graceMs: number): Promise<void> => {
    const cut = setTimeout(() => server.forceShutdown(), graceMs);
    stopping.abort(new Error('the hub is stopping'));
    await new Promise<void>((resolve) => {
      server.tryShutdown(() => resolve());
    });
    clearTimeout(cut);
  };
  return { port, stop, [Symbol.asyncDispose]: () => stop(STOP_GRACE_MS) };
}

function serverCredentials(files: CertificateFiles): ServerCredentials {
  const { cert, key } = readCertificate(files);
  return ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]);
}

function bind(server: Server, { host, port, tls }: IngestServerConfig): Promise<number> {
  const credentials = tls === undefined ? ServerCredentials.createInsecure() : serverCredentials(tls);
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host.includes(':') ? `[${host}]` : host}:${port}`, credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else
        reject(
          new Error(
            `Cannot listen for agents on ${host}:${port}: ${/EADDRINUSE/.test(error.message) ? 'another program uses the port' : error.message}. Set grpc.port to a free one or stop that program.`,
            { cause: error },
          ),
        );
    });
  });
}
