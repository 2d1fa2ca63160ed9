/** Sessions with routers: the RouterClient port on a hardened node-routeros connection. */
import {
  addressText,
  type DialRouter,
  type Reply,
  type RouterAddress,
  type RouterClient,
  type SessionDeadlines,
  SessionError,
  type Trap,
} from '../poller/router-client.ts';
import { connectionFault } from './connection-fault.ts';
import { startDeadline } from './deadline.ts';
import { type ConnectionHooks, type HardenedConnection, openHardenedConnection } from './hardened-connection.ts';
import { answerChallenge } from './old-login.ts';
import { createReplyGatherer, ReplyTooLargeError } from './reply.ts';
import { HANDSHAKE_CUT, handshakeReason, handshakeSilence, isCut } from './router-tls.ts';

/**
 * Opens a session on a connection of its own. However the router behaves, the promise settles within
 * `deadlines.connectMs`, and every command within `deadlines.commandMs`.
 *
 * The password crosses the network as it is with every login on the plain API port: node-routeros sends the login of
 * RouterOS 6.43 and later first, and an older router gets the password too before it asks for the MD5 form. Over TLS
 * nothing is sent before the router's certificate was accepted.
 */
export const dialRouter: DialRouter = async (address, deadlines) => new Session(address, deadlines).open();

type Stage = 'connect' | 'handshake' | 'login' | 'session';

interface Opening {
  resolve(client: RouterClient): void;
  reject(error: SessionError): void;
}

/** A class, because an agent keeps one for each router: methods take memory once. */
class Session implements RouterClient, ConnectionHooks {
  readonly #address: RouterAddress;
  readonly #deadlines: SessionDeadlines;
  #connection: HardenedConnection | undefined;
  readonly #inFlight = new Map<string, (error: SessionError) => void>();
  /** Until the login has ended. */
  #opening: Opening | undefined;
  #callOffLogin: (() => void) | undefined;
  #stage: Stage = 'connect';
  #ended: SessionError | undefined;
  #challenged = false;
  #tags = 0;
  #answered = false;

  constructor(address: RouterAddress, deadlines: SessionDeadlines) {
    this.#address = address;
    this.#deadlines = deadlines;
  }

  /** Connects and logs in. Once only. */
  open(): Promise<RouterClient> {
    const { promise, resolve, reject } = Promise.withResolvers<RouterClient>();
    this.#opening = { resolve, reject };
    this.#connection = openHardenedConnection(this.#address, this);
    this.#callOffLogin = startDeadline(this.#deadlines.connectMs, () => this.#end(this.#late()));
    const { socket, login } = this.#connection;
    if (this.#address.tls !== undefined)
      socket.once('connect', () => {
        this.#stage = 'handshake';
      });
    const onClosed = (): void => this.#end(this.#closed());
    socket.on('error', (error) => this.#end(this.#failed(error)));
    socket.on('end', onClosed);
    socket.on('close', onClosed);
    login.then(
      () => this.#opened(),
      (error: unknown) => this.#end(this.#failed(error)),
    );
    return promise;
  }

  get ended(): SessionError | undefined {
    return this.#ended;
  }

  close(): void {
    this.#end(new SessionError('closed', `go on with the session to ${this.#where}`, 'the agent closed it'));
  }

  command(words: readonly string[], deadlineMs = this.#deadlines.commandMs): Promise<Reply> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const connection = this.#connection;
    if (connection === undefined) throw new Error('BUG: a command before the session is open');
    const tag = String(++this.#tags);
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const gatherer = createReplyGatherer(words[0] ?? '');
    const waitMs = Math.min(deadlineMs, this.#deadlines.commandMs);
    const callOff = startDeadline(waitMs, () => {
      const reason = `no complete answer to ${words[0]} within ${waitMs} ms`;
      this.#end(new SessionError('timeout', `run ${words[0]} on ${this.#where}`, reason));
    });
    this.#inFlight.set(tag, (error) => {
      callOff();
      reject(error);
    });
    connection.read(tag, (sentence) => {
      if (!gatherer.add(sentence)) return;
      this.#answered = true;
      callOff();
      this.#inFlight.delete(tag);
      connection.stopRead(tag);
      resolve(gatherer.reply);
    });
    connection.write([...words, `.tag=${tag}`]);
    return promise;
  }

  onReady(): void {
    this.#stage = 'login';
  }

  onStranger(reason: string): void {
    this.#end(this.#fault('tls', reason));
  }

  /** RouterOS has no codes for why it ends a session: its words are all there is. */
  onFatal(reason: string): void {
    const kind = this.#stage !== 'session' && /\bsessions?\b/i.test(reason) ? 'max-sessions' : 'closed';
    this.#end(this.#fault(kind, reason === '' ? 'the router ended the session' : `the router said: ${reason}`));
  }

  onGarbage(error: unknown): void {
    const why = error instanceof Error ? error.message : 'bad bytes';
    const reason = error instanceof ReplyTooLargeError ? why : `this is not the RouterOS API: ${why}`;
    this.#end(this.#fault('protocol', reason));
  }

  onLoginTraps(traps: readonly Trap[]): void {
    const text = traps.map((trap) => trap.message).join('; ');
    const kind = traps.some((trap) => trap.kind === 'permission') ? 'permission' : 'auth';
    this.#end(this.#fault(kind, text === '' ? 'the router refused' : `the router said: ${text}`));
  }

  answerChallenge(challenge: string): readonly string[] | undefined {
    const { user, password, allowMd5Login } = this.#address;
    if (!allowMd5Login) {
      this.#end(
        this.#fault(
          'auth',
          'the router wants the MD5 login of RouterOS before 6.43. Upgrade it, or set allow_md5_login: true in its credentials',
        ),
      );
      return undefined;
    }
    const answer = this.#challenged ? undefined : answerChallenge(user, password, challenge);
    this.#challenged = true;
    if (answer === undefined) this.#end(this.#fault('protocol', 'the router sent a login challenge that is none'));
    return answer;
  }

  #opened(): void {
    if (this.#ended !== undefined) return;
    this.#stage = 'session';
    this.#endOpening()?.resolve(this);
  }

  #end(error: SessionError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#connection?.destroy();
    for (const rejectCommand of this.#inFlight.values()) rejectCommand(error);
    this.#inFlight.clear();
    this.#endOpening()?.reject(error);
  }

  /** What waits for the login, once. */
  #endOpening(): Opening | undefined {
    const opening = this.#opening;
    this.#callOffLogin?.();
    this.#callOffLogin = undefined;
    this.#opening = undefined;
    return opening;
  }

  get #where(): string {
    return addressText(this.#address);
  }

  get #task(): string {
    if (this.#stage === 'connect') return `connect to ${this.#where}`;
    if (this.#stage === 'handshake') return `agree on TLS with ${this.#where}`;
    if (this.#stage === 'login') return `log in to ${this.#where} as ${this.#address.user}`;
    return `go on with the session to ${this.#where}`;
  }

  #fault(kind: SessionError['fault'], reason: string): SessionError {
    return new SessionError(kind, this.#task, reason);
  }

  #closed(): SessionError {
    if (this.#stage === 'handshake') return this.#fault('tls', HANDSHAKE_CUT);
    const plainly = 'the router closed the connection';
    if (this.#answered) return this.#fault('closed', plainly);
    const { tls } = this.#address;
    const service = `/ip service ${tls === undefined ? 'api' : 'api-ssl'}`;
    const other = tls === undefined ? ', or the port is that of api-ssl' : '';
    const when = this.#stage === 'session' ? ' right after the login' : '';
    return this.#fault(
      this.#stage === 'login' ? 'max-sessions' : 'closed',
      `${plainly}${when}: ${service} has reached max-sessions or does not admit this address${other}`,
    );
  }

  #failed(error: unknown): SessionError {
    const { tls } = this.#address;
    // A router that resets at once is sometimes noticed before the connection is.
    if (tls !== undefined && this.#stage === 'connect' && isCut(error)) this.#stage = 'handshake';
    if (this.#stage !== 'handshake' || tls === undefined) return connectionFault(this.#task, error);
    return new SessionError('tls', this.#task, handshakeReason(tls, error), { cause: error });
  }

  #late(): SessionError {
    const { connectMs } = this.#deadlines;
    if (this.#stage === 'handshake') return this.#fault('tls', handshakeSilence(connectMs));
    return this.#fault('timeout', `no answer within ${connectMs} ms`);
  }
}
