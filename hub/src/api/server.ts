/** The hub's one HTTP port: Connect services under /poplar.*, everything else the API and the viewer. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { getRequestListener } from '@hono/node-server';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Logger } from 'pino';
import { type CallConnection, type ConnectServices, connectionValues } from './call-connection.ts';
import { refusal } from './guard.ts';
import { Problem, problemDetails } from './problem.ts';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly api: Pick<OpenAPIHono, 'fetch'>;
  readonly live: ConnectServices;
  /** Host names that requests may carry besides loopback ones. */
  readonly allowedHosts: readonly string[];
  readonly log: Logger;
}

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  /** Stops listening, ends the streams and waits for answers under way, at most graceMs. Idempotent. */
  stop(graceMs?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const GRACE_MS = 2000;
/** Largest Connect request: a WatchRequest is two names. */
const CONNECT_REQUEST_BYTES_MAX = 64 * 1024;

/** Listens. @throws Error that names http.port when the address is taken or not this machine's. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, port, api, live, allowedHosts, log } = options;
  const closing = new AbortController();
  const connections = new WeakMap<object, CallConnection>();
  const connect = connectNodeAdapter({
    routes: (router) => live.routes(router),
    grpc: false,
    grpcWeb: false,
    readMaxBytes: CONNECT_REQUEST_BYTES_MAX,
    shutdownSignal: closing.signal,
    contextValues: (request) => connectionValues(connections.get(request) ?? { destroy: () => request.socket.destroy() }),
  });
  const hono = getRequestListener(api.fetch, { overrideGlobalObjects: false });

  const server = createServer((request, response) => {
    if (request.url?.startsWith('/poplar.') !== true) {
      hono(request, response).catch((error: unknown) => {
        log.error({ err: error }, 'A request ended without an answer');
        response.destroy();
      });
      return;
    }
    const reason = refusal({ host: request.headers.host, origin: request.headers.origin }, allowedHosts);
    if (reason !== undefined) {
      refuse(request, response, reason);
      return;
    }
    connections.set(request, { destroy: () => endConnection(request, response) });
    connect(request, response);
  });
  const address = await listen(server, host, port);
  let stopped: Promise<void> | undefined;
  const stop = (graceMs = GRACE_MS): Promise<void> => (stopped ??= stopServer(server, closing, graceMs));
  return { host: address.address, port: address.port, stop, [Symbol.asyncDispose]: () => stop() };
}

/** Ends a connection whose answer may be stuck in a write. */
function endConnection(request: IncomingMessage, response: ServerResponse): void {
  // Connect's write waits for one of the response's events. This error frees it and counts as a hang-up; that of the socket's end
  // does not, and would be printed.
  const hangUp = Object.assign(new Error('The viewer does not take its messages'), { code: 'ECONNRESET' });
  if (response.listenerCount('error') > 0) response.emit('error', hangUp);
  request.socket.destroy();
}

function refuse(request: IncomingMessage, response: ServerResponse, reason: string): void {
  request.resume();
  response.writeHead(403, {
    'content-type': 'application/problem+json',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(problemDetails(new Problem(403, reason))));
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new Error(listenFault(host, port, error), { cause: error })));
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('BUG: the HTTP server has no address');
  return address;
}

function listenFault(host: string, port: number, error: NodeJS.ErrnoException): string {
  const what = `Cannot listen on http.host ${host}, http.port ${port}`;
  if (error.code === 'EADDRINUSE') return `${what}: the port is taken. Stop the other program or set http.port to a free one.`;
  if (error.code === 'EADDRNOTAVAIL') return `${what}: this machine has no such address. Set http.host to one of its own.`;
  if (error.code === 'EACCES') return `${what}: not permitted. Set http.port to one above 1023.`;
  return `${what}: ${error.message}`;
}

async function stopServer(server: Server, closing: AbortController, graceMs: number): Promise<void> {
  closing.abort(new Error('The hub is stopping'));
  const ended = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection becomes idle only when its answer has ended, and nothing else closes it then.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const force = setTimeout(() => server.closeAllConnections(), graceMs);
  await ended;
  clearInterval(idle);
  clearTimeout(force);
}
