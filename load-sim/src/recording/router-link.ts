/** The connection from the recorder to the router: TCP, or TLS with the same ways to know a router as the agent has. */
import { createHash } from 'node:crypto';
import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';

/**
 * How the router proves who it is before anything is sent. `authority`: a certificate signed by `ca` (PEM) for `serverName`,
 * or for the host. `pin`: the certificate with this SHA-256 in lower-case hexadecimal. `anonymous`: not at all.
 */
export type LinkTls =
  | { readonly kind: 'authority'; readonly ca: string; readonly serverName: string | undefined }
  | { readonly kind: 'pin'; readonly sha256: string }
  | { readonly kind: 'anonymous' };

export interface RouterEndpoint {
  readonly host: string;
  readonly port: number;
  /** Undefined: plain TCP. */
  readonly tls: LinkTls | undefined;
}

/** The router cannot be reached, or is not the one that it should be. The message says why. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

/** Resolves with a socket that may be written to. Rejects with LinkError, at the latest after `deadlineMs`. */
export function openLink({ host, port, tls }: RouterEndpoint, deadlineMs: number, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  let connected = false;
  let settled = false;
  const socket =
    tls === undefined ? connect({ host, port, noDelay: true }) : connectTls({ host, port, ...tlsOptions(tls, host) });
  if (tls !== undefined) socket.setNoDelay(true);

  function settle(fault?: string): void {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    socket.off('error', onError);
    // What comes later is the business of whoever has the socket, and an error without a listener would end the process.
    socket.on('error', () => socket.destroy());
    if (fault === undefined) return resolve(socket);
    socket.destroy();
    reject(new LinkError(connected && tls !== undefined ? `no TLS: ${fault}` : fault));
  }
  const onAbort = (): void => settle('it was given up');
  const onError = (error: NodeJS.ErrnoException): void => settle(reasonOf(error, connected, tls));
  const timer = setTimeout(() => {
    settle(connected ? `not agreed on within ${deadlineMs} ms: is the port the plain one?` : `no answer within ${deadlineMs} ms`);
  }, deadlineMs);

  signal.addEventListener('abort', onAbort);
  socket.once('error', onError);
  socket.once('connect', () => {
    connected = true;
    if (tls === undefined) settle();
  });
  if (tls !== undefined && 'getPeerCertificate' in socket) socket.once('secureConnect', () => settle(refusal(tls, socket)));
  socket.once('end', () => settle('the router closed the connection before TLS was agreed'));
  if (signal.aborted) onAbort();
  return promise;
}

/** host:port, with brackets around an IPv6 address. */
export function endpointText({ host, port }: Pick<RouterEndpoint, 'host' | 'port'>): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Routers sign their certificates themselves, so that a pinned one is compared instead of verified. Anonymous suites end at TLS 1.2. */
function tlsOptions(tls: LinkTls, host: string): ConnectionOptions {
  switch (tls.kind) {
    case 'authority': {
      const name = tls.serverName ?? (isIP(host) === 0 ? host : undefined);
      return { ca: tls.ca, ...(name === undefined ? {} : { servername: name }) };
    }
    case 'pin':
      return { rejectUnauthorized: false };
    case 'anonymous':
      return { ciphers: 'ADH:@SECLEVEL=0', minVersion: 'TLSv1', maxVersion: 'TLSv1.2', rejectUnauthorized: false };
  }
}

function refusal(tls: LinkTls, socket: TLSSocket): string | undefined {
  if (tls.kind === 'authority') return socket.authorized ? undefined : "the router's certificate was not verified";
  if (tls.kind === 'anonymous') return undefined;
  const { raw } = socket.getPeerCertificate();
  // Absent when the peer sent no certificate, whatever the type says.
  const found = raw instanceof Uint8Array ? createHash('sha256').update(raw).digest('hex') : undefined;
  if (found === tls.sha256) return undefined;
  return found === undefined
    ? 'the router shows no certificate: use --tls-anonymous, or give its /ip service api-ssl one'
    : `the router's certificate is not the pinned one, its fingerprint is ${found}`;
}

function reasonOf(error: NodeJS.ErrnoException, connected: boolean, tls: LinkTls | undefined): string {
  const code = error.code ?? 'no code';
  if (/^ERR_TLS_CERT_ALTNAME_INVALID$/.test(code)) return `its certificate is for another name: give --tls-server-name (${code})`;
  if (/SELF_SIGNED|UNABLE_TO_|DEPTH_ZERO|CERT_/.test(code))
    return `its certificate is not signed by the authority in --tls-ca (${code})`;
  if (/HANDSHAKE_FAILURE|NO_SHARED_CIPHER|NO_CIPHERS/.test(code))
    return tls?.kind === 'anonymous'
      ? `it offers no anonymous TLS: it has a certificate, use --tls-fingerprint (${code})`
      : `no common cipher: a router without a certificate needs --tls-anonymous (${code})`;
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|UNEXPECTED_MESSAGE|HTTP_REQUEST|BAD_RECORD_TYPE/.test(code))
    return `the port does not speak TLS (${code})`;
  if (code === 'ECONNREFUSED') return 'the port is closed: is /ip service api enabled?';
  if (code === 'ECONNRESET' && connected) return 'the router cut the connection: is it the plain port?';
  if (code === 'ENOTFOUND') return 'the name is not known';
  return error.message === '' ? code : error.message;
}
