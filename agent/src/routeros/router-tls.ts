/** TLS to a router: what is asked of node-routeros, how the router's identity is checked, and what a failure means. */
import { createHash } from 'node:crypto';
import {
  type ConnectionOptions,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import type { RouterTls } from '../poller/router-client.ts';

/** The part of tls.connect's options that is used here. */
type TlsOptions = Pick<ConnectionOptions, 'secureContext' | 'servername' | 'rejectUnauthorized'>;

/**
 * Options for the library's `tls`, which are those of Node's tls.connect. With a pin the chain is not verified, as routers
 * sign their certificates themselves: the certificate itself is compared (refusalOf). Anonymous suites exist up to TLS 1.2
 * only and below OpenSSL's first security level; routers without `tls-version=only-1.2` may speak 1.0.
 */
export function tlsOptions(tls: RouterTls): TlsOptions {
  switch (tls.kind) {
    case 'authority':
      return {
        secureContext: contextOf(tls.ca, { ca: tls.ca }),
        ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
      };
    case 'pin':
      return { secureContext: contextOf('', {}), rejectUnauthorized: false };
    case 'anonymous':
      return { secureContext: contextOf(ANONYMOUS.ciphers, ANONYMOUS), rejectUnauthorized: false };
  }
}

const ANONYMOUS = { ciphers: 'ADH:@SECLEVEL=0', minVersion: 'TLSv1', maxVersion: 'TLSv1.2' } as const;
/** One for each authority, and one each for pins and anonymous TLS: a context per session costs tens of kilobytes. */
const contexts = new Map<string, SecureContext>();

function contextOf(key: string, options: SecureContextOptions): SecureContext {
  const context = contexts.get(key) ?? createSecureContext(options);
  contexts.set(key, context);
  return context;
}

/** Why the router at the other end of a completed handshake must not get the login; undefined when it may. */
export function refusalOf(tls: RouterTls, socket: TLSSocket): string | undefined {
  switch (tls.kind) {
    case 'authority':
      return socket.authorized ? undefined : "the router's certificate was not verified";
    case 'pin': {
      const found = fingerprintOf(socket);
      if (found === tls.sha256) return undefined;
      if (found === undefined) return 'the router shows no certificate: give its /ip service api-ssl one';
      return `the router's certificate is not the pinned one, its fingerprint is ${found}. If it was replaced on purpose, set tls.fingerprint_sha256 to that; otherwise someone may be listening in`;
    }
    case 'anonymous':
      return undefined;
  }
}

function fingerprintOf(socket: TLSSocket): string | undefined {
  const { raw } = socket.getPeerCertificate();
  // Absent when the peer sent no certificate, whatever the type says.
  return raw instanceof Uint8Array ? createHash('sha256').update(raw).digest('hex') : undefined;
}

const NOT_TLS = 'the port does not speak TLS: set the port of /ip service api-ssl (8729), or remove tls to go without';

/** The reason for a connection that ended before TLS was agreed, without a word from the router. */
export const HANDSHAKE_CUT =
  'the router cut the connection before TLS was agreed: /ip service api-ssl has reached max-sessions, does not admit this address or has no usable certificate, or the port is the plain one of /ip service api';

/** The reason for a router that did not finish the handshake in time. */
export function handshakeSilence(connectMs: number): string {
  return `the router did not finish the TLS handshake within ${connectMs} ms: the port may be the plain one of /ip service api, or the router is too busy`;
}

/** What an error of the handshake means and what to do about it. */
export function handshakeReason(tls: RouterTls, error: unknown): string {
  const code = codeOf(error);
  return `${adviceFor(tls, code, error)} (${code})`;
}

/** True when the other end cut the connection. */
export function isCut(error: unknown): boolean {
  return /^(ECONNRESET|ECONNABORTED|EPIPE)$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no code';
}

function adviceFor(tls: RouterTls, code: string, error: unknown): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the router's certificate is for ${namesIn(error)}: set tls.server_name to a name in it`;
  if (/^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_SIGNATURE_|INVALID_CA|CERT_UNTRUSTED)/.test(code))
    return "the router's certificate is not signed by the authority in tls.ca_file: give the one that signed it, or pin the certificate with tls.fingerprint_sha256";
  if (code === 'CERT_HAS_EXPIRED') return "the router's certificate has expired: renew it, or pin it with tls.fingerprint_sha256";
  if (code === 'CERT_NOT_YET_VALID') return "the router's certificate is not valid yet: check the clock of this machine";
  if (isCut(error)) return HANDSHAKE_CUT;
  if (/HANDSHAKE_FAILURE|NO_SHARED_CIPHER|NO_CIPHERS/.test(code))
    return tls.kind === 'anonymous'
      ? 'the router offers no anonymous TLS: it has a certificate, so set tls.ca_file or tls.fingerprint_sha256 instead of tls.anonymous'
      : 'the router and the agent share no cipher: a router without a certificate offers anonymous TLS only. Give its /ip service api-ssl a certificate';
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/.test(code))
    return 'the router offers only a TLS version that is too old: set tls-version=only-1.2 in its /ip service api-ssl';
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|UNEXPECTED_MESSAGE|HTTP_REQUEST|BAD_RECORD_TYPE/.test(code)) return NOT_TLS;
  return 'the TLS handshake failed';
}

/** The names in the certificate of a name mismatch. */
function namesIn(error: unknown): string {
  const certificate: unknown = error instanceof Error && 'cert' in error ? error.cert : undefined;
  if (typeof certificate !== 'object' || certificate === null || !('subjectaltname' in certificate)) return 'another name';
  return typeof certificate.subjectaltname === 'string' ? certificate.subjectaltname : 'another name';
}
