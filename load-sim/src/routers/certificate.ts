/** TLS of simulated routers: one test certificate for all of them, or none at all. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Transport } from '../router-plan.ts';

const FOLDER = join(import.meta.dirname, '../../testdata/tls');

/** PEM file of the authority that signed the routers' certificate. */
export const AUTHORITY_FILE = join(FOLDER, 'ca.pem');
/** The name in the routers' certificate. */
export const CERTIFICATE_NAME = 'poplar-router';

/**
 * What a router of this transport brings to a handshake; undefined for plain TCP. A router whose api-ssl service has no
 * certificate offers anonymous Diffie-Hellman suites alone. RouterOS speaks TLS up to 1.2 (MikroTik's manual, /ip service).
 */
export function secureContextOf(transport: Transport): SecureContext | undefined {
  switch (transport) {
    case 'plain':
      return undefined;
    case 'certificate':
      return createSecureContext({
        cert: readFileSync(join(FOLDER, 'router.pem')),
        key: readFileSync(join(FOLDER, 'router-key.pem')),
        maxVersion: 'TLSv1.2',
      });
    case 'anonymous':
      return createSecureContext({ ciphers: 'ADH:@SECLEVEL=0', dhparam: 'auto', maxVersion: 'TLSv1.2' });
  }
}
