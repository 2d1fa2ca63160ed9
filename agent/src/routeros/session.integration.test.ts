import { createHash, X509Certificate } from 'node:crypto';
import { describeRouterClient } from '../poller/contract/contract.ts';
import { AUTHORITY, CERTIFICATE } from './scripted-router.ts';
import { dialRouter } from './session.ts';

const pin = createHash('sha256').update(new X509Certificate(CERTIFICATE).raw).digest('hex');

describeRouterClient('a session over TCP', dialRouter, { tls: undefined, router: {} });
describeRouterClient('a session over TLS with a certificate', dialRouter, {
  tls: { kind: 'authority', ca: AUTHORITY, serverName: 'poplar-router' },
  router: { tls: 'certificate' },
});
describeRouterClient('a session over TLS with a pinned certificate', dialRouter, {
  tls: { kind: 'pin', sha256: pin },
  router: { tls: 'certificate' },
});
describeRouterClient('a session over anonymous TLS', dialRouter, {
  tls: { kind: 'anonymous' },
  router: { tls: 'anonymous' },
});
