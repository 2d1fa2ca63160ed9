import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type StoreProxy, startStoreProxy } from './store-proxy.ts';

/** Answers with the length of what was sent, and remembers it. */
let server: Server;
let proxy: StoreProxy;
let bodies: string[];

beforeEach(async () => {
  bodies = [];
  server = createServer((asked, answering) => {
    void text(asked).then(
      (body) => {
        bodies.push(body);
        answering.end(String(body.length));
      },
      () => {},
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  proxy = await startStoreProxy(typeof address === 'object' && address !== null ? address.port : 0);
});

afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const INSERT = encodeURIComponent('INSERT INTO polls FORMAT Native');

async function post(body: string, query = INSERT): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${proxy.port}/?query=${query}`, { method: 'POST', body });
  return `${answer.status} ${await answer.text()}`;
}

describe('the proxy between hub and ClickHouse', () => {
  it('passes requests and answers', async () => {
    expect(await post('x'.repeat(500_000))).toBe('200 500000');
    expect(bodies[0]).toHaveLength(500_000);
  });

  it('answers with an error that ClickHouse never hears of', async () => {
    await proxy.set({ kind: 'error', status: 503 });
    expect(await post('rows')).toMatch(/^503 <html>/);
    expect(bodies).toEqual([]);
    await proxy.set({ kind: 'pass' });
    expect(await post('rows')).toBe('200 4');
  });

  it('lets an insert be done and cuts its answer; a query is answered', async () => {
    await proxy.set({ kind: 'cut' });
    await expect(post('rows')).rejects.toThrow('fetch failed');
    expect(bodies).toEqual(['rows']);
    expect(proxy.cuts).toBe(1);
    expect(await post('x', encodeURIComponent('SELECT 1'))).toBe('200 1');
  });

  it('takes requests and never answers while it hangs, then resets them', async () => {
    await proxy.set({ kind: 'hang' });
    const asked = post('rows');
    asked.catch(() => {});
    await vi.waitFor(() => expect(proxy.requests).toBe(1));
    await proxy.set({ kind: 'pass' });
    expect(await post('others')).toBe('200 6');
    await expect(asked).rejects.toThrow('fetch failed');
    expect(bodies).toEqual(['others']);
  });

  it('refuses connections and listens again on the same port', async () => {
    expect(await post('rows')).toBe('200 4');
    await proxy.set({ kind: 'refuse' });
    await expect(post('rows')).rejects.toThrow('fetch failed');
    await proxy.set({ kind: 'pass' });
    expect(await post('rows')).toBe('200 4');
  });

  it('passes slowly, all of it', async () => {
    await proxy.set({ kind: 'slow', bytesPerSecond: 1_000_000 });
    expect(await post('x'.repeat(50_000))).toBe('200 50000');
  });
});
