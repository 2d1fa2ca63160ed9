import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LinkProxy, startLinkProxy } from './link-proxy.ts';

/** Answers every byte with itself, and counts what it got. */
let server: Server;
let link: LinkProxy;
let received: number;
const clients: Socket[] = [];
const targets = new Set<Socket>();

beforeEach(async () => {
  received = 0;
  server = createServer((socket) => {
    targets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      socket.write(chunk);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  link = await startLinkProxy(typeof address === 'object' && address !== null ? address.port : 0);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await link[Symbol.asyncDispose]();
  for (const socket of targets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

function dial(): Socket {
  const client = connect({ host: '127.0.0.1', port: link.port });
  client.on('error', () => {});
  clients.push(client);
  return client;
}

/** Sends and resolves with as many bytes of answer. */
async function echo(client: Socket, bytes: Buffer): Promise<Buffer> {
  client.write(bytes);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of client.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytes.length) break;
  }
  return Buffer.concat(chunks);
}

const closed = (client: Socket): Promise<unknown> => new Promise((resolve) => client.once('close', resolve));

describe('the proxy between agent and hub', () => {
  it('passes bytes both ways unchanged, more than any buffer holds', async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));
    expect((await echo(dial(), bytes)).equals(bytes)).toBe(true);
  });

  it('cuts a connection after so many bytes, in the middle of what was sent', async () => {
    await link.set({ kind: 'cut', afterBytes: 100 });
    const client = dial();
    client.write(Buffer.alloc(1000));
    await closed(client);
    expect(received).toBeLessThanOrEqual(100);
    expect(link.cuts).toBe(1);
    await link.set({ kind: 'pass' });
    expect(await echo(dial(), Buffer.from('again'))).toEqual(Buffer.from('again'));
  });

  it('holds everything while it hangs and passes it on afterwards', async () => {
    const client = dial();
    await echo(client, Buffer.from('first'));
    await link.set({ kind: 'hang' });
    const second = echo(client, Buffer.from('second'));
    // Another connection is accepted, too.
    await once(dial(), 'connect');
    expect(received).toBe(5);
    await link.set({ kind: 'pass' });
    expect(String(await second)).toBe('second');
  });

  it('resets and refuses, and listens again on the same port', async () => {
    const client = dial();
    await echo(client, Buffer.from('first'));
    const { port } = link;
    await link.set({ kind: 'refuse' });
    await closed(client);
    const refused = dial();
    await closed(refused);
    expect(refused.errored).toMatchObject({ code: 'ECONNREFUSED' });
    await link.set({ kind: 'pass' });
    expect(link.port).toBe(port);
    expect(String(await echo(dial(), Buffer.from('back')))).toBe('back');
  });

  it('passes slowly in small pieces, all of it', async () => {
    await link.set({ kind: 'slow', bytesPerSecond: 20_000 });
    const client = dial();
    const answer = echo(client, Buffer.alloc(4000, 7));
    await once(client, 'data');
    expect(received).toBeLessThan(4000);
    await link.set({ kind: 'pass' });
    expect(await answer).toEqual(Buffer.alloc(4000, 7));
  });

  it('tells each side that the other has ended', async () => {
    const client = dial();
    await echo(client, Buffer.from('first'));
    client.end();
    await closed(client);
    expect(client.errored).toBeNull();
  });
});
