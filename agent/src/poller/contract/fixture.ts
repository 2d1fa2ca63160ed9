/** What the parts of the contract have in common: scripted routers, and the implementation that dials them. */
import { expect } from 'vitest';
import {
  type Peer,
  type ScriptedRouter,
  type ScriptedRouterOptions,
  startScriptedRouter,
} from '../../routeros/scripted-router.ts';
import { type DialRouter, type Reply, type RouterAddress, type RouterTls, SessionError } from '../router-client.ts';

/** One way to reach a router: what the client is given, and how the router listens. */
export interface Route {
  readonly tls: RouterTls | undefined;
  readonly router: ScriptedRouterOptions;
}

export const HOST = '127.71.0.1';
export const PASSWORD = 'pässwörd-7';
export const DEADLINES = { connectMs: 2000, commandMs: 2000 };

export interface Fixture {
  readonly dial: DialRouter;
  readonly addressOf: (router: Pick<ScriptedRouter, 'host' | 'port'>, extra?: Partial<RouterAddress>) => RouterAddress;
  readonly start: (script: (peer: Peer) => Promise<void>, host?: string) => Promise<ScriptedRouter>;
  /** A router that admits the login and then follows the script. */
  readonly admitting: (script: (peer: Peer) => Promise<void>) => Promise<ScriptedRouter>;
  /** A router that admits the login and answers each command by `reply`. */
  readonly answering: (reply: (command: string[], peer: Peer) => void) => Promise<ScriptedRouter>;
}

export function createFixture(dial: DialRouter, route: Route): Fixture {
  const start: Fixture['start'] = (script, host = HOST) => startScriptedRouter(host, script, route.router);
  const admitting: Fixture['admitting'] = (script) =>
    start(async (peer) => {
      await peer.admit();
      await script(peer);
    });
  return {
    dial,
    addressOf: ({ host, port }, extra = {}) => ({
      host,
      port,
      user: 'poplar',
      password: PASSWORD,
      allowMd5Login: false,
      tls: route.tls,
      codePage: 'latin1',
      ...extra,
    }),
    start,
    admitting,
    answering: (reply) =>
      admitting(async (peer) => {
        for (;;) reply(await peer.next(), peer);
      }),
  };
}

/** The SessionError that a promise must end with, in time: nothing may stay pending. */
export async function failureOf(promise: Promise<unknown>): Promise<SessionError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof SessionError)) throw new Error(`expected a SessionError, got ${String(outcome)}`);
  expect(outcome.message).not.toContain(PASSWORD);
  return outcome;
}

/** The value of one attribute in each row. */
export function valuesOf(reply: Reply, name: string): (string | undefined)[] {
  return reply.rows.map((row) => row.get(name));
}
