import { expect, it } from 'vitest';
import type { RouterTls } from '../poller/router-client.ts';
import { type HardenedConnection, openHardenedConnection } from './hardened-connection.ts';
import { AUTHORITY, type ScriptedRouter, type ScriptedRouterOptions, startScriptedRouter } from './scripted-router.ts';

const OVER: [string, RouterTls | undefined, ScriptedRouterOptions][] = [
  ['TCP', undefined, {}],
  ['TLS', { kind: 'authority', ca: AUTHORITY, serverName: 'poplar-router' }, { tls: 'certificate' }],
];

async function connectTo({ host, port }: ScriptedRouter, tls: RouterTls | undefined): Promise<HardenedConnection> {
  const fail = (): undefined => {
    throw new Error('the router did nothing wrong');
  };
  const connection = openHardenedConnection(
    { host, port, user: 'poplar', password: '', allowMd5Login: false, tls, codePage: 'latin1' },
    { onReady() {}, onStranger: fail, onFatal: fail, onGarbage: fail, onLoginTraps: fail, answerChallenge: fail },
  );
  await connection.login;
  return connection;
}

it.each(OVER)("switches the library's own timeout off over %s: an idle session lives on", async (_, tls, listening) => {
  await using router = await startScriptedRouter('127.71.0.3', async (peer) => void (await peer.admit()), listening);
  const connection = await connectTo(router, tls);
  expect(connection.socket.timeout ?? 0).toBe(0);
  connection.destroy();
  connection.destroy();
  expect(connection.socket.emit('error', new Error('late'))).toBe(true);
});

it.each(OVER)('keeps no listener of the library that a session has no use for, over %s', async (_, tls, listening) => {
  await using router = await startScriptedRouter('127.71.0.3', async (peer) => void (await peer.admit()), listening);
  const connection = await connectTo(router, tls);
  const { socket } = connection;
  expect(['timeout', 'fatal', 'connect', 'secureConnect'].filter((event) => socket.listenerCount(event) > 0)).toEqual([]);
  connection.destroy();
});
