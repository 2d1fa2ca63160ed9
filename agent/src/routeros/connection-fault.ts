/** Turns what a socket reports into a session's fault: by error code, never by text. */
import { SessionError, type SessionFault } from '../poller/router-client.ts';

const FAULTS: Readonly<Record<string, SessionFault>> = {
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'closed',
  ECONNABORTED: 'closed',
  EPIPE: 'closed',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EACCES: 'unreachable',
  EPERM: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EMFILE: 'unreachable',
  ENFILE: 'unreachable',
};

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: check the port and that /ip service api (with tls api-ssl) is enabled',
  ETIMEDOUT: 'no answer',
  ECONNRESET: 'the router reset the connection',
  ECONNABORTED: 'the connection was aborted',
  EPIPE: 'the router closed the connection',
  EHOSTUNREACH: 'no route to the host',
  EHOSTDOWN: 'the host is down',
  ENETUNREACH: 'no route to its network',
  ENETDOWN: 'the network is down',
  EADDRNOTAVAIL: 'no local address or port is available for it',
  EACCES: 'this machine forbids the connection',
  EPERM: 'this machine forbids the connection',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the name server does not answer',
  EMFILE: 'too many open files: raise the process limit',
  ENFILE: 'too many open files on this machine',
};

/** The session error for a socket's error. `task` says what could not be done, for instance `connect to 192.0.2.1:8728`. */
export function connectionFault(task: string, error: unknown): SessionError {
  const code = codeOf(error);
  const fault = code === undefined ? undefined : (FAULTS[code] ?? tlsFault(code));
  const why = code === undefined ? undefined : EXPLANATIONS[code];
  const reason = why === undefined ? (code ?? messageOf(error)) : `${why} (${code})`;
  return new SessionError(fault ?? 'closed', task, reason, { cause: error });
}

function tlsFault(code: string): SessionFault | undefined {
  return /^(ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/.test(code) ? 'tls' : undefined;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code;
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'the connection failed';
}
