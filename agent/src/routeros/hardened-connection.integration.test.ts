import { expect, it } from 'vitest';
import type { RouterTls } from '../poller/router-client.ts';
import { openHardenedConnection } from './hardened-connection.ts';
import { AUTHORITY, type ScriptedRouterOptions, startScriptedRouter } from './scripted-router.ts';

it.each<[string, RouterTls | undefined, ScriptedRouterOptions]>([
  ['TCP', undefined, {}],
  ['TLS', { kind: 'authority', ca: AUTHORITY, serverName: 'poplar-router' }, { tls: 'certificate' }],
])("switches the library's own timeout off over %s: an idle session lives on", async (_, tls, listening) => {
  await using router = await startScriptedRouter('127.71.0.3', async (peer) => void (await peer.admit()), listening);
  const fail = (): undefined => {
    throw new Error('the router did nothing wrong');
  };
  const connection = openHardenedConnection(
    { host: router.host, port: router.port, user: 'poplar', password: '', allowMd5Login: false, tls, codePage: 'latin1' },
    { onReady() {}, onStranger: fail, onFatal: fail, onGarbage: fail, onLoginTraps: fail, answerChallenge: fail },
  );
  await connection.login;
  expect(connection.socket.timeout ?? 0).toBe(0);
  connection.destroy();
  connection.destroy();
  expect(connection.socket.emit('error', new Error('late'))).toBe(true);
});
