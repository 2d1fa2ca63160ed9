/** Streams over gRPC. A channel lives as long as its stream: reconnecting is the uplink's business, not the library's. */
import { fromBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { MESSAGE_BYTES_MAX } from '@poplar/proto/limits';
import { IngestService, StreamResponseSchema } from '@poplar/proto/telemetry/v1/ingest';
import type { DialHub, HubFault, StreamEnd } from './hub-stream.ts';

export interface GrpcHubConfig {
  readonly token: string;
  /** A silent connection is probed this often; one that does not answer for the timeout is over. */
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  /** Undefined: no TLS. Without an authority the system's are trusted. */
  readonly tls: { readonly ca: Buffer | undefined; readonly serverName: string | undefined } | undefined;
}

const METHOD = `/${IngestService.typeName}/${IngestService.method.stream.name}`;

export function createGrpcDialer({ token, tls, keepaliveMs, keepaliveTimeoutMs }: GrpcHubConfig): DialHub {
  // The name is checked through the override: Bun and Deno take no IP address as a server name.
  const name =
    tls?.serverName === undefined
      ? {}
      : { 'grpc.ssl_target_name_override': tls.serverName, 'grpc.default_authority': tls.serverName };
  const options = {
    ...name,
    'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
  };

  return (address, onResponse) => {
    const channel = tls === undefined ? credentials.createInsecure() : credentials.createSsl(tls.ca ?? null);
    const client = new Client(address, channel, options);
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${token}`);
    const opening = Promise.withResolvers<void>();
    client.waitForReady(Number.POSITIVE_INFINITY, (error) => {
      if (error === undefined) opening.resolve();
    });
    const ending = Promise.withResolvers<StreamEnd>();
    let over = false;
    const end = (result: StreamEnd): void => {
      if (over) return;
      over = true;
      client.close();
      ending.resolve(result);
    };

    const call = client.makeBidiStreamRequest(
      METHOD,
      (request: Uint8Array) => Buffer.from(request.buffer, request.byteOffset, request.byteLength),
      (response: Buffer) => fromBinary(StreamResponseSchema, response),
      metadata,
    );
    call.on('data', onResponse);
    call.on('error', (error: ServiceError) =>
      end({ fault: FAULTS.get(error.code) ?? 'other', reason: error.details || error.message }),
    );
    call.on('end', () => end({ fault: 'ok', reason: 'the hub ended the stream' }));

    return {
      opened: opening.promise,
      async send(request) {
        if (over || call.write(request)) return;
        const drained = Promise.withResolvers<void>();
        call.once('drain', drained.resolve);
        await Promise.race([drained.promise, ending.promise]);
        call.removeListener('drain', drained.resolve);
      },
      finish() {
        if (!over) call.end();
      },
      cancel(reason) {
        if (over) return;
        end({ fault: 'unreachable', reason });
        call.cancel();
      },
      ended: ending.promise,
    };
  };
}

const FAULTS: ReadonlyMap<status, HubFault> = new Map<status, HubFault>([
  [status.UNAVAILABLE, 'unreachable'],
  [status.DEADLINE_EXCEEDED, 'unreachable'],
  [status.INTERNAL, 'unreachable'],
  [status.CANCELLED, 'unreachable'],
  [status.UNAUTHENTICATED, 'unauthenticated'],
  [status.PERMISSION_DENIED, 'denied'],
  [status.INVALID_ARGUMENT, 'refused'],
  [status.RESOURCE_EXHAUSTED, 'refused'],
]);
