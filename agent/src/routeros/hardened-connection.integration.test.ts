import { expect, it } from 'vitest';
import { openHardenedConnection } from './hardened-connection.ts';
import { startScriptedRouter } from './scripted-router.ts';

it("switches the library's own timeout off: an idle session lives on", async () => {
  await using router = await startScriptedRouter('127.71.0.3', async (peer) => void (await peer.admit()));
  const fail = (): undefined => {
    throw new Error('the router did nothing wrong');
  };
  const connection = openHardenedConnection(
    {
      host: router.host,
      port: router.port,
      user: 'poplar',
      password: '',
      allowMd5Login: false,
      tls: undefined,
      codePage: 'latin1',
    },
    { onReady() {}, onStranger: fail, onFatal: fail, onGarbage: fail, onLoginTraps: fail, answerChallenge: fail },
  );
  await connection.login;
  expect(connection.socket.timeout ?? 0).toBe(0);
  connection.destroy();
  connection.destroy();
  expect(connection.socket.emit('error', new Error('late'))).toBe(true);
});
