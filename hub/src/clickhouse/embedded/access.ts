/** Who may talk to the engine's port: local programs that know the password, never a web page. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The one user of the engine, as ClickHouse calls it. */
export const ENGINE_USER = 'default';

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

/** True when the request carries the password: by Basic, X-ClickHouse-User and -Key, or URL parameters. */
export function isAuthenticated(request: IncomingMessage, parameters: URLSearchParams, password: string): boolean {
  const given = credentials(request, parameters);
  if (given === undefined) return false;
  const user = same(given.user, ENGINE_USER);
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
