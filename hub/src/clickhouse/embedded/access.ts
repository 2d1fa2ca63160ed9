/** Who may talk to the engine's port: local programs that know a password, never a web page. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Analyst } from './analyst.ts';

/** The hub's user, as ClickHouse calls it: anything goes. */
export const ENGINE_USER = 'default';

/** Whose request it is. */
export type Login = { readonly kind: 'hub' } | { readonly kind: 'analyst'; readonly analyst: Analyst };

export interface Logins {
  /** Of ENGINE_USER. */
  readonly password: string;
  /** None is called ENGINE_USER. */
  readonly analysts: readonly Analyst[];
}

/**
 * Why the request must be refused before anything else, or undefined. Any page in a browser can send requests to
 * 127.0.0.1, under a name of its own (DNS rebinding) or from its own origin; a program says neither.
 */
export function foreignness(request: IncomingMessage, port: number): string | undefined {
  const { host, origin } = request.headers;
  if (!isOwnHost(host, port)) return `Host "${host ?? ''}" is not this port on loopback. Use http://127.0.0.1:${port}.`;
  if (origin !== undefined && !(origin.startsWith('http://') && isOwnHost(origin.slice('http://'.length), port))) {
    return `Origin "${origin}" may not use this port.`;
  }
  return undefined;
}

function isOwnHost(host: string | undefined, port: number): boolean {
  if (host === undefined) return false;
  const name = host.toLowerCase();
  return ['localhost', '127.0.0.1', '[::1]'].some(
    (loopback) => name === `${loopback}:${port}` || (port === 80 && name === loopback),
  );
}

/** Whose user and password the request carries, by Basic, X-ClickHouse-User and -Key, or URL parameters; undefined when nobody's. */
export function authenticate(request: IncomingMessage, parameters: URLSearchParams, logins: Logins): Login | undefined {
  const given = credentials(request, parameters);
  if (given === undefined) return undefined;
  let login: Login | undefined;
  // All are compared: the time tells nothing.
  if (matches(given, ENGINE_USER, logins.password)) login = { kind: 'hub' };
  for (const analyst of logins.analysts) {
    if (matches(given, analyst.name, analyst.password)) login ??= { kind: 'analyst', analyst };
  }
  return login;
}

function matches(given: { user: string; password: string }, name: string, password: string): boolean {
  const user = same(given.user, name);
  const key = same(given.password, password);
  return user && key;
}

function credentials(request: IncomingMessage, parameters: URLSearchParams): { user: string; password: string } | undefined {
  const { authorization } = request.headers;
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const user = header('x-clickhouse-user');
  const key = header('x-clickhouse-key');
  if (user !== undefined || key !== undefined) return { user: user ?? ENGINE_USER, password: key ?? '' };
  if (authorization !== undefined) {
    const basic = /^Basic +(\S+)$/i.exec(authorization)?.[1];
    if (basic === undefined) return undefined;
    const text = Buffer.from(basic, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  if (!parameters.has('password')) return undefined;
  return { user: parameters.get('user') ?? ENGINE_USER, password: parameters.get('password') ?? '' };
}

/** Compares in a time that does not depend on where the texts differ. */
function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
