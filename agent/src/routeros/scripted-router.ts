/** A router for tests: a server on loopback, over TCP or TLS, that does what a script says. Its codec is its own, so that tests do not check a codec by itself. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';

const CERTIFICATES = join(import.meta.dirname, '../../testdata/tls');
/** PEM of the authority that signed the scripted routers' certificate, which is for 127.71.0.1 and CERTIFICATE_NAME. */
export const AUTHORITY = readFileSync(join(CERTIFICATES, 'router-ca.pem'), 'utf8');
export const CERTIFICATE = readFileSync(join(CERTIFICATES, 'router.pem'));
export const CERTIFICATE_NAME = 'poplar-router';

/** The router's side of one connection. */
export interface Peer {
  readonly socket: Socket;
  /** The next sentence the client sent; rejects when the connection has ended. */
  next(): Promise<string[]>;
  /** Sends an answer to a sentence, with its tag as second word. */
  answer(sentence: readonly string[], ...reply: string[][]): void;
  /** Sends sentences as they are. */
  send(...sentences: string[][]): void;
  /** Reads the login and admits it. */
  admit(): Promise<string[]>;
  /** Cuts the connection with a TCP reset. */
  reset(): void;
  /** Resolves once the connection is closed. */
  closed(): Promise<void>;
}

export interface ScriptedRouterOptions {
  /** 0, the default: a free one. */
  readonly port?: number;
  /** Speaks TLS; the script runs once it is agreed. Left out: plain TCP. */
  readonly tls?: 'certificate' | 'anonymous';
}

export interface ScriptedRouter extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Those that are not closed yet. */
  readonly open: number;
  /** Every sentence received, of all connections. */
  readonly received: readonly string[][];
}

/** Listens on `host` and runs the script for each connection. A script that fails because its connection ended has ended. */
export async function startScriptedRouter(
  host: string,
  script: (peer: Peer) => Promise<void>,
  { port = 0, tls }: ScriptedRouterOptions = {},
): Promise<ScriptedRouter> {
  const secureContext = tls === undefined ? undefined : secureContextOf(tls);
  const sockets = new Set<Socket>();
  const received: string[][] = [];
  const faults: unknown[] = [];
  let connections = 0;
  const follow = (socket: Socket, raw: Socket): void => {
    script(createPeer(socket, raw, received)).catch((error: unknown) => {
      if (!(error instanceof PeerGone)) faults.push(error);
    });
  };
  const server = createServer((raw) => {
    connections++;
    sockets.add(raw);
    raw.on('close', () => sockets.delete(raw));
    raw.on('error', () => {});
    if (secureContext === undefined) return follow(raw, raw);
    const secured = new TLSSocket(raw, { isServer: true, secureContext });
    secured.on('error', () => {});
    secured.once('secure', () => follow(secured, raw));
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('BUG: no port');
  return {
    host,
    port: address.port,
    received,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      if (faults.length > 0) throw new AggregateError(faults, 'the script failed');
    },
  };
}

function secureContextOf(tls: 'certificate' | 'anonymous'): SecureContext {
  if (tls === 'anonymous') return createSecureContext({ ciphers: 'ADH:@SECLEVEL=0', dhparam: 'auto', maxVersion: 'TLSv1.2' });
  return createSecureContext({ cert: CERTIFICATE, key: readFileSync(join(CERTIFICATES, 'router-key.pem')) });
}

class PeerGone extends Error {}

function createPeer(socket: Socket, raw: Socket, received: string[][]): Peer {
  const waiting: { resolve(sentence: string[]): void; reject(error: Error): void }[] = [];
  const ready: string[][] = [];
  let bytes = Buffer.alloc(0);
  let words: string[] = [];
  let gone = false;

  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (let word = takeWord(bytes); word !== undefined; word = takeWord(bytes)) {
      bytes = bytes.subarray(word.end);
      if (word.text !== '') {
        words.push(word.text);
        continue;
      }
      received.push(words);
      const waiter = waiting.shift();
      if (waiter === undefined) ready.push(words);
      else waiter.resolve(words);
      words = [];
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    gone = true;
    for (const waiter of waiting.splice(0)) waiter.reject(new PeerGone());
  });

  const peer: Peer = {
    socket,
    next() {
      const sentence = ready.shift();
      if (sentence !== undefined) return Promise.resolve(sentence);
      if (gone) return Promise.reject(new PeerGone());
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
      });
    },
    answer(sentence, ...reply) {
      const tag = tagOf(sentence);
      peer.send(...reply.map(([first = '', ...rest]) => (tag === undefined ? [first, ...rest] : [first, tag, ...rest])));
    },
    send(...sentences) {
      if (socket.writable) socket.write(sentenceBytes(...sentences));
    },
    async admit() {
      const login = await peer.next();
      peer.answer(login, ['!done']);
      return login;
    },
    reset: () => void raw.resetAndDestroy(),
    async closed() {
      if (!socket.closed) await once(socket, 'close');
    },
  };
  return peer;
}

/** The `.tag=…` word of a sentence. */
export function tagOf(sentence: readonly string[]): string | undefined {
  return sentence.find((word) => word.startsWith('.tag='));
}

/** Sentences as the router encodes them. A word given as bytes is sent as these bytes. */
export function sentenceBytes(...sentences: (string | Buffer)[][]): Buffer {
  const parts: Buffer[] = [];
  for (const sentence of sentences) {
    for (const word of sentence) {
      const text = typeof word === 'string' ? Buffer.from(word) : word;
      parts.push(lengthBytes(text.length), text);
    }
    parts.push(Buffer.of(0));
  }
  return Buffer.concat(parts);
}

function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const four = Buffer.alloc(4);
  if (length < 0x4000) {
    four.writeUInt16BE(length | 0x8000);
    return four.subarray(0, 2);
  }
  if (length < 0x200000) {
    four.writeUIntBE(length | 0xc00000, 0, 3);
    return four.subarray(0, 3);
  }
  four.writeUInt32BE(length + 0xe0000000);
  return four;
}

function takeWord(bytes: Buffer): { text: string; end: number } | undefined {
  const first = bytes[0];
  if (first === undefined) return undefined;
  const header = first < 0x80 ? 1 : first < 0xc0 ? 2 : first < 0xe0 ? 3 : 4;
  if (bytes.length < header) return undefined;
  const mask = [0, 0x7f, 0x3fff, 0x1fffff, 0xfffffff][header] ?? 0;
  const length = bytes.readUIntBE(0, header) & mask;
  const end = header + length;
  return bytes.length < end ? undefined : { text: bytes.toString('utf8', header, end), end };
}
