/** Serves /metrics. It has no login, so on a loopback address it answers only to loopback names: no web page can read it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { isLoopback } from './config/fields.ts';

export interface MetricsServer extends AsyncDisposable {
  readonly port: number;
}

/** Listens; rejects when the address is taken. */
export async function startMetricsServer(
  { host, port }: { host: string; port: number },
  registry: Registry,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const answer = (code: number, type: string, body: string): void => {
      response.writeHead(code, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body);
    };
    const asked = /^\[?([^\]]*?)\]?(?::[0-9]+)?$/.exec(request.headers.host ?? '')?.[1] ?? '';
    if (isLoopback(host) && !isLoopback(asked)) return answer(403, 'text/plain', 'This server answers only to loopback names.\n');
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics')
      return answer(404, 'text/plain', 'Metrics are at /metrics.\n');
    registry.metrics().then(
      (text) => answer(200, registry.contentType, text),
      (error: unknown) => answer(500, 'text/plain', `Cannot collect metrics: ${String(error)}\n`),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const taken = 'code' in error && error.code === 'EADDRINUSE';
      const advice = taken ? 'another program uses the port; set metrics.port to a free one' : error.message;
      reject(new Error(`Cannot serve metrics on ${host}:${port}: ${advice}`, { cause: error }));
    });
    server.listen({ host, port }, resolve);
  });
  // Metrics alone are no reason for the process to stay.
  server.unref();
  return {
    port: portOf(server.address()),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
