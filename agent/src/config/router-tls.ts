/** The `tls` keys of routers: one way to know the router, which this runtime can do. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RouterTls } from '../poller/router-client.ts';
import type { Runtime } from '../runtime.ts';
import type { AgentFile } from './schema.ts';
import type { Surroundings } from './secrets.ts';

type TlsKeys = NonNullable<AgentFile['routers'][number]['tls']>;

/** What the schema cannot see in the list of routers: that each `tls` has exactly one way to know its router. */
export function tlsProblems(routers: unknown, runtime: Runtime): string[] {
  if (!Array.isArray(routers)) return [];
  return routers.flatMap((router: unknown, index) => {
    const tls: unknown = typeof router === 'object' && router !== null && 'tls' in router ? router.tls : undefined;
    if (typeof tls !== 'object' || tls === null || Array.isArray(tls)) return [];
    return problemsOf({ ...tls }, `routers[${index}].tls`, runtime);
  });
}

function problemsOf(tls: Readonly<Record<string, unknown>>, path: string, runtime: Runtime): string[] {
  const given = ['ca_file', 'fingerprint_sha256', 'anonymous'].filter((key) => tls[key] !== undefined && tls[key] !== false);
  const problems: string[] = [];
  if (given.length === 0)
    problems.push(`${path}: does not say how to know the router; set ca_file or fingerprint_sha256 (or anonymous: true)`);
  if (given.length > 1)
    problems.push(`${path}: has ${given.join(' and ')}; keep one of ca_file, fingerprint_sha256 and anonymous`);
  if (tls['server_name'] !== undefined && tls['ca_file'] === undefined)
    problems.push(`${path}.server_name: is checked only with ca_file; remove it, or set ca_file`);
  if (tls['anonymous'] === true && runtime !== 'Node')
    problems.push(
      `${path}.anonymous: ${runtime} cannot do anonymous TLS; give the router a certificate and set ca_file or fingerprint_sha256, or run the agent on Node`,
    );
  return problems;
}

/**
 * Returns a function that turns a router's `tls` keys into what the poller takes, reading each authority once. It adds to
 * `problems` what cannot be read and then returns undefined.
 */
export function createTrustReader(
  { folder }: Surroundings,
  problems: string[],
): (tls: TlsKeys | undefined, path: string) => RouterTls | undefined {
  const authorities = new Map<string, string | undefined>();

  function read(file: string, path: string): string | undefined {
    try {
      const ca = readFileSync(file, 'utf8');
      // tls.connect takes any text and then knows no authority at all.
      void new X509Certificate(ca);
      return ca;
    } catch (error) {
      const reason = error instanceof Error && 'syscall' in error ? `cannot read ${file}: ${error.message}` : undefined;
      problems.push(`${path}.ca_file: ${reason ?? `${file} holds no certificate; give a PEM file`}`);
      return undefined;
    }
  }

  return (tls, path) => {
    if (tls === undefined) return undefined;
    if (tls.anonymous) return { kind: 'anonymous' };
    if (tls.fingerprint_sha256 !== '') return { kind: 'pin', sha256: tls.fingerprint_sha256 };
    if (tls.ca_file === '') return undefined;
    const file = resolve(folder, tls.ca_file);
    if (!authorities.has(file)) authorities.set(file, read(file, path));
    const ca = authorities.get(file);
    return ca === undefined ? undefined : { kind: 'authority', ca, serverName: tls.server_name || undefined };
  };
}
