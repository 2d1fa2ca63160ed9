import { request } from 'node:http';
import { OpenAPIHono } from '@hono/zod-openapi';
import { LiveService } from '@poplar/proto/live/v1/live';
import { describe, expect, it } from 'vitest';
import { startHttpServer } from './server.ts';
import { SILENT } from './testing.ts';

const HOST = '127.75.0.1';
const nothing = { routes: () => undefined };

function options(port = 0) {
  const api = new OpenAPIHono();
  api.get('/hello', (c) => c.text('hello'));
  return { host: HOST, port, api, live: nothing, allowedHosts: [], log: SILENT };
}

describe('startHttpServer', () => {
  it('serves the application', async () => {
    await using server = await startHttpServer(options());
    expect(await (await fetch(`http://${HOST}:${server.port}/hello`)).text()).toBe('hello');
  });

  it('names http.port when the port is taken, and http.host when the address is not here', async () => {
    await using server = await startHttpServer(options());
    await expect(startHttpServer(options(server.port))).rejects.toThrow(`http.port ${server.port}: the port is taken`);
    await expect(startHttpServer({ ...options(), host: '192.0.2.1' })).rejects.toThrow('http.host');
  });

  it('refuses foreign hosts and pages on the Connect paths', async () => {
    await using server = await startHttpServer(options());
    const ask = (headers: Record<string, string>): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const path = '/poplar.live.v1.LiveService/Watch';
        const asking = request({ host: HOST, port: server.port, path, method: 'POST', headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        asking.once('error', reject);
        asking.end('{}');
      });
    expect(await ask({ host: 'evil.example' })).toBe(403);
    expect(await ask({ host: '127.0.0.1', origin: 'http://evil.example' })).toBe(403);
    expect(await ask({ host: '127.0.0.1' })).toBe(404);
  });

  it('ends open streams when it stops, and stops once', async () => {
    let ended = false;
    const server = await startHttpServer({
      ...options(),
      live: {
        routes: (router) =>
          router.service(LiveService, {
            async *watch(_, { signal }) {
              try {
                yield { snapshot: true };
                await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
              } finally {
                ended = true;
              }
            },
          }),
      },
    });
    const response = await fetch(`http://${HOST}:${server.port}/poplar.live.v1.LiveService/Watch`, {
      method: 'POST',
      headers: { 'content-type': 'application/connect+proto', 'connect-protocol-version': '1' },
      body: new Uint8Array(5),
    });
    expect(response.status).toBe(200);
    const body = response.body?.getReader();
    await body?.read();
    await Promise.all([server.stop(), server.stop()]);
    expect(ended).toBe(true);
    await expect(fetch(`http://${HOST}:${server.port}/hello`)).rejects.toThrow('fetch failed');
  });
});
