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
import { type ConnectionHooks, openHardenedConnection } from './hardened-connection.ts';
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
export const dialRouter: DialRouter = async (address, deadlines) => {
  const { promise, resolve, reject } = Promise.withResolvers<RouterClient>();
  openSession(address, deadlines, resolve, reject);
  return promise;
};

type Stage = 'connect' | 'handshake' | 'login' | 'session';

function openSession(
  address: RouterAddress,
  deadlines: SessionDeadlines,
  onOpen: (client: RouterClient) => void,
  onFailure: (error: SessionError) => void,
): void {
  const where = addressText(address);
  const { tls } = address;
  let stage: Stage = 'connect';
  let ended: SessionError | undefined;
  let challenged = false;
  let tags = 0;
  let answered = false;
  const inFlight = new Map<string, (error: SessionError) => void>();

  const task = (): string => {
    if (stage === 'connect') return `connect to ${where}`;
    if (stage === 'handshake') return `agree on TLS with ${where}`;
    return stage === 'login' ? `log in to ${where} as ${address.user}` : `go on with the session to ${where}`;
  };
  const fault = (kind: SessionError['fault'], reason: string): SessionError => new SessionError(kind, task(), reason);

  function end(error: SessionError): void {
    if (ended !== undefined) return;
    ended = error;
    callOffLogin();
    connection.destroy();
    for (const rejectCommand of inFlight.values()) rejectCommand(error);
    inFlight.clear();
    onFailure(error);
  }

  const hooks: ConnectionHooks = {
    onReady: () => {
      stage = 'login';
    },
    onStranger: (reason) => end(fault('tls', reason)),
    onFatal: (reason) => end(ending(reason)),
    onGarbage(error) {
      const why = error instanceof Error ? error.message : 'bad bytes';
      end(fault('protocol', error instanceof ReplyTooLargeError ? why : `this is not the RouterOS API: ${why}`));
    },
    onLoginTraps: (traps) => end(loginRefused(traps)),
    answerChallenge(challenge) {
      if (!address.allowMd5Login) {
        end(
          fault(
            'auth',
            'the router wants the MD5 login of RouterOS before 6.43. Upgrade it, or set allow_md5_login: true in its credentials',
          ),
        );
        return undefined;
      }
      const answer = challenged ? undefined : answerChallenge(address.user, address.password, challenge);
      challenged = true;
      if (answer === undefined) end(fault('protocol', 'the router sent a login challenge that is none'));
      return answer;
    },
  };

  function loginRefused(traps: readonly Trap[]): SessionError {
    const text = traps.map((trap) => trap.message).join('; ');
    const kind = traps.some((trap) => trap.kind === 'permission') ? 'permission' : 'auth';
    return fault(kind, text === '' ? 'the router refused' : `the router said: ${text}`);
  }

  /** RouterOS has no codes for why it ends a session: its words are all there is. */
  function ending(reason: string): SessionError {
    const kind = stage !== 'session' && /\bsessions?\b/i.test(reason) ? 'max-sessions' : 'closed';
    return fault(kind, reason === '' ? 'the router ended the session' : `the router said: ${reason}`);
  }

  function closed(): SessionError {
    if (stage === 'handshake') return fault('tls', HANDSHAKE_CUT);
    const plainly = 'the router closed the connection';
    if (answered) return fault('closed', plainly);
    const service = `/ip service ${tls === undefined ? 'api' : 'api-ssl'}`;
    const other = tls === undefined ? ', or the port is that of api-ssl' : '';
    const when = stage === 'session' ? ' right after the login' : '';
    return fault(
      stage === 'login' ? 'max-sessions' : 'closed',
      `${plainly}${when}: ${service} has reached max-sessions or does not admit this address${other}`,
    );
  }

  function failed(error: unknown): SessionError {
    // A router that resets at once is sometimes noticed before the connection is.
    if (tls !== undefined && stage === 'connect' && isCut(error)) stage = 'handshake';
    if (stage !== 'handshake' || tls === undefined) return connectionFault(task(), error);
    return new SessionError('tls', task(), handshakeReason(tls, error), { cause: error });
  }

  function late(): SessionError {
    if (stage === 'handshake') return fault('tls', handshakeSilence(deadlines.connectMs));
    return fault('timeout', `no answer within ${deadlines.connectMs} ms`);
  }

  const connection = openHardenedConnection(address, hooks);
  const callOffLogin = startDeadline(deadlines.connectMs, () => end(late()));
  if (tls !== undefined)
    connection.socket.once('connect', () => {
      stage = 'handshake';
    });
  connection.socket.on('error', (error) => end(failed(error)));
  connection.socket.once('end', () => end(closed()));
  connection.socket.once('close', () => end(closed()));

  function command(words: readonly string[], deadlineMs = deadlines.commandMs): Promise<Reply> {
    if (ended !== undefined) return Promise.reject(ended);
    const tag = String(++tags);
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const gatherer = createReplyGatherer(words[0] ?? '');
    const waitMs = Math.min(deadlineMs, deadlines.commandMs);
    const callOff = startDeadline(waitMs, () =>
      end(new SessionError('timeout', `run ${words[0]} on ${where}`, `no complete answer to ${words[0]} within ${waitMs} ms`)),
    );
    inFlight.set(tag, (error) => {
      callOff();
      reject(error);
    });
    connection.read(tag, (sentence) => {
      if (!gatherer.add(sentence)) return;
      answered = true;
      callOff();
      inFlight.delete(tag);
      connection.stopRead(tag);
      resolve(gatherer.reply);
    });
    connection.write([...words, `.tag=${tag}`]);
    return promise;
  }

  const client: RouterClient = {
    command,
    get ended() {
      return ended;
    },
    close: () => end(new SessionError('closed', `go on with the session to ${where}`, 'the agent closed it')),
  };

  connection.login.then(
    () => {
      if (ended !== undefined) return;
      callOffLogin();
      stage = 'session';
      onOpen(client);
    },
    (error: unknown) => end(failed(error)),
  );
}
