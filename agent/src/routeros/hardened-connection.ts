/**
 * node-routeros 1.6.9 made safe to run unattended. The library opens the socket and conducts the login; what it does
 * wrong is replaced here from outside, for the whole process, and nowhere else:
 *
 * - Receiver.processRawData dispatched replies by segment, desynchronised on split lengths and threw out of the socket's
 *   `data` event on unknown tags. Now sentences are parsed as they complete, unknown tags are ignored, `!fatal` is heard.
 * - Channel.processPacket threw on `!empty` and any other new reply word and forgot all traps but the first. Channels
 *   serve only the login here; commands are read straight from the receiver.
 * - Connector.write sent one segment per word in windows-1252. Now a sentence is one UTF-8 write, and over TLS nothing is
 *   written before the router has proved who it is.
 * - Connector.destroy left the socket's next error without a listener, which ends the process.
 *
 * What stays unused, because it cannot be trusted: keepalive (`#`), streams, close(), connecting again, the library's
 * timeouts. A connection serves one attempt.
 *
 * The replaced members are private, so they are reached through Reflect and checked, and any other version of the library
 * is refused. Deep imports avoid the package's index, which loads an absent module when ENV is "testing".
 */
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Channel } from 'node-routeros/dist/Channel.js';
import { Connector } from 'node-routeros/dist/connector/Connector.js';
import { Receiver } from 'node-routeros/dist/connector/Receiver.js';
import { RouterOSAPI } from 'node-routeros/dist/RouterOSAPI.js';
import manifest from 'node-routeros/package.json' with { type: 'json' };
import type { RouterAddress, Trap } from '../poller/router-client.ts';
import { createReplyGatherer, type ReplyGatherer, readTag } from './reply.ts';
import { refusalOf, tlsOptions } from './router-tls.ts';
import { encodeSentence } from './sentence-encoder.ts';
import { createSentenceParser, SENTENCE_LIMITS, type SentenceParser } from './sentence-parser.ts';
import { createWordDecoder } from './word-text.ts';

const VERSION = '1.6.9';
if (manifest.version !== VERSION)
  throw new Error(
    `Cannot use node-routeros ${manifest.version}: this adapter replaces parts of ${VERSION} exactly. Install that version`,
  );

/** What the owner of a connection is told. None of these may throw. */
export interface ConnectionHooks {
  /** The connection is made; over TLS, the router has proved who it is. The login is sent next. */
  onReady(): void;
  /** The router's certificate is not the one that it must have; the owner destroys the connection. */
  onStranger(reason: string): void;
  /** The router sent `!fatal`; it closes the connection next. */
  onFatal(reason: string): void;
  /** The bytes make no sense or exceed a limit; nothing more will be read. */
  onGarbage(error: unknown): void;
  /** The router refused the login. */
  onLoginTraps(traps: readonly Trap[]): void;
  /** The router asks for the old login. Returns the sentence that answers, or undefined to give up. */
  answerChallenge(challenge: string): readonly string[] | undefined;
}

export interface HardenedConnection {
  /** Never opens when connecting could not even start: `login` says why. */
  readonly socket: Socket;
  /** Settles with the login; stays pending for ever when the connection ends in its midst: watch the socket. */
  readonly login: Promise<void>;
  /** Sends one sentence; lost without a word when the socket is no longer writable. */
  write(words: string[]): void;
  /** Has the sentences with this tag delivered, until stopRead. */
  read(tag: string, onSentence: (words: string[]) => void): void;
  stopRead(tag: string): void;
  /** Destroys the socket at once. Idempotent. */
  destroy(): void;
}

interface Reading {
  readonly hooks: ConnectionHooks;
  readonly parser: SentenceParser;
}

/** Connections on which nothing may be written yet. */
const barred = new WeakSet<Connector>();
const readings = new WeakMap<Receiver, Reading>();
const hooksOf = new WeakMap<Connector, ConnectionHooks>();
const loginReplies = new WeakMap<Channel, ReplyGatherer>();

/** Starts connecting and logging in. */
export function openHardenedConnection(address: RouterAddress, hooks: ConnectionHooks): HardenedConnection {
  const { host, port, user, password, tls } = address;
  const api = new RouterOSAPI({ host, port, user, password, ...(tls === undefined ? {} : { tls: tlsOptions(tls) }) });
  api.on('error', ignore);
  const connecting = api.connect();
  const connector: unknown = Reflect.get(api, 'connector');
  if (!(connector instanceof Connector)) throw new Error('BUG: node-routeros has no connector after connect()');
  hooksOf.set(connector, hooks);
  const receiver: unknown = Reflect.get(connector, 'receiver');
  const socket = socketOf(connector) ?? new Socket();
  if (receiver instanceof Receiver) readings.set(receiver, { hooks, parser: parserFor(receiver, address, hooks) });
  socket.setTimeout(0);
  socket.setNoDelay(true);
  // Before the library's own listener, which sends the login.
  if (tls === undefined) socket.prependOnceListener('connect', () => hooks.onReady());
  else {
    barred.add(connector);
    socket.prependOnceListener('secureConnect', () => {
      const refusal = socket instanceof TLSSocket ? refusalOf(tls, socket) : 'the connection has no TLS';
      if (refusal !== undefined) return hooks.onStranger(refusal);
      barred.delete(connector);
      hooks.onReady();
    });
  }
  const login = connecting.then(() => forget(connector, socket));
  login.catch(ignore);
  return new Connection(connector, socket, login);
}

class Connection implements HardenedConnection {
  readonly #connector: Connector;
  readonly socket: Socket;
  readonly login: Promise<void>;

  constructor(connector: Connector, socket: Socket, login: Promise<void>) {
    this.#connector = connector;
    this.socket = socket;
    this.login = login;
  }

  write(words: string[]): void {
    this.#connector.write(words);
  }

  read(tag: string, onSentence: (words: string[]) => void): void {
    this.#connector.read(tag, onSentence);
  }

  stopRead(tag: string): void {
    this.#connector.stopRead(tag);
  }

  destroy(): void {
    this.#connector.destroy();
  }
}

/** Once logged in: what the library waits for from here on, nobody is told, and it would keep all objects of the login. */
function forget(connector: Connector, socket: Socket): void {
  connector.removeAllListeners();
  connector.on('error', ignore);
  socket.removeAllListeners('timeout');
  socket.removeAllListeners('fatal');
}

function parserFor(receiver: Receiver, { codePage }: RouterAddress, hooks: ConnectionHooks): SentenceParser {
  const onSentence = (words: string[]): boolean => {
    if (words[0] === '!fatal') {
      hooks.onFatal(fatalReason(words));
      return false;
    }
    const tag = readTag(words);
    if (tag !== undefined) readerOf(receiver, tag)?.(words);
    return true;
  };
  return createSentenceParser(onSentence, SENTENCE_LIMITS, createWordDecoder(codePage));
}

Receiver.prototype.processRawData = function processRawData(this: Receiver, data: Buffer): void {
  const reading = readings.get(this);
  if (reading === undefined) return;
  try {
    reading.parser.feed(data);
  } catch (error) {
    readings.delete(this);
    reading.hooks.onGarbage(error);
  }
};

Connector.prototype.write = function write(this: Connector, words: string[]): Connector {
  const socket = socketOf(this);
  if (socket?.writable === true && !barred.has(this)) socket.write(encodeSentence(words));
  return this;
};

Connector.prototype.destroy = function destroy(this: Connector): void {
  socketOf(this)?.destroy();
  this.removeAllListeners();
  this.on('error', ignore);
};

if (typeof Reflect.get(Channel.prototype, 'processPacket') !== 'function')
  throw new Error('BUG: node-routeros has no Channel.processPacket');
Reflect.defineProperty(Channel.prototype, 'processPacket', {
  configurable: true,
  writable: true,
  value: function processPacket(this: Channel, words: string[]): void {
    const hooks = hooksOf.get(this.Connector);
    if (hooks === undefined) return;
    let gatherer = loginReplies.get(this);
    if (gatherer === undefined) {
      gatherer = createReplyGatherer('/login');
      loginReplies.set(this, gatherer);
    }
    if (!gatherer.add(words)) return;
    loginReplies.delete(this);
    const { traps, ret } = gatherer.reply;
    if (traps.length > 0) {
      hooks.onLoginTraps(traps);
      this.emit('trap', { message: traps[0]?.message });
    } else if (ret !== undefined) {
      // The library would compute the answer over the password's characters instead of its bytes: we do it, on this channel.
      const answer = hooks.answerChallenge(ret);
      if (answer !== undefined) this.Connector.write([...answer, `.tag=${this.Id}`]);
      return;
    } else {
      // Rows would make the library take the login for failed and leave a rejection that nobody handles.
      this.emit('done', []);
    }
    this.close();
  },
});

function socketOf(connector: Connector): Socket | undefined {
  const socket: unknown = Reflect.get(connector, 'socket');
  return socket instanceof Socket ? socket : undefined;
}

function readerOf(receiver: Receiver, tag: string): ((words: string[]) => void) | undefined {
  const tags: unknown = Reflect.get(receiver, 'tags');
  if (!(tags instanceof Map)) throw new Error('BUG: node-routeros keeps no tags');
  const reader: unknown = tags.get(tag);
  if (typeof reader !== 'object' || reader === null || !('callback' in reader)) return undefined;
  const { callback } = reader;
  return typeof callback === 'function' ? (words) => void Reflect.apply(callback, undefined, [words]) : undefined;
}

/** The bare word after `!fatal`, or an attribute where a router writes one. */
function fatalReason(words: readonly string[]): string {
  const reason = words.slice(1).find((word) => !word.startsWith('.tag='));
  return reason?.replace(/^=message=/, '') ?? '';
}

function ignore(): void {
  // The session watches the socket itself; an error event without a listener would end the process.
}
