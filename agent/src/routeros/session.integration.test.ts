import { createHash, X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { describeRouterClient } from '../poller/contract/contract.ts';
import { AUTHORITY, CERTIFICATE, startScriptedRouter } from './scripted-router.ts';
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

it('reports a reset right after the connection, with a reason', async () => {
  await using router = await startScriptedRouter('127.71.0.7', async (peer) => peer.reset());
  const { host, port } = router;
  await expect(
    dialRouter(
      { host, port, user: 'poplar', password: '', allowMd5Login: false, tls: undefined, codePage: 'latin1' },
      { connectMs: 2000, commandMs: 2000 },
    ),
  ).rejects.toMatchObject({ fault: 'closed', reason: expect.stringContaining('reset') });
});
