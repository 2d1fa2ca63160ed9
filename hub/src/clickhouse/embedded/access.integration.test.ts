import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedEngine } from './engine.ts';
import { basic, type EngineUnderTest, sql, startEngineUnderTest } from './testing.ts';

let engine: EmbeddedEngine;
let under: EngineUnderTest;
const ask: EngineUnderTest['ask'] = (path, what) => under.ask(path, what);

beforeAll(async () => {
  under = await startEngineUnderTest();
  ({ engine } = under);
});

afterAll(async () => {
  await under?.[Symbol.asyncDispose]();
});

describe('who may ask', () => {
  it('answers health checks without a password', async () => {
    expect(await ask('/ping', { auth: false })).toMatchObject({ status: 200, text: 'Ok.\n' });
    expect(await ask('/', { auth: false })).toMatchObject({ status: 200, text: 'Ok.\n' });
    expect(await ask('/nowhere', { auth: false })).toMatchObject({ status: 404 });
  });

  it.each([
    ['no password', {}],
    ['a wrong password', { authorization: basic('wrong') }],
    ['another user', { authorization: 'Basic ' }],
    ['a bearer token', { authorization: 'Bearer x' }],
    ['an empty key', { 'x-clickhouse-user': 'default' }],
  ])('refuses %s with 401 and code 516', async (_what, headers) => {
    const reply = await ask(sql('SELECT 1'), { auth: false, headers });
    expect(reply.status).toBe(401);
    expect(reply.headers['x-clickhouse-exception-code']).toBe('516');
    expect(reply.text).toMatch(/^Code: 516\. DB::Exception: Authentication failed: .*\(AUTHENTICATION_FAILED\) \(version 26/);
  });

  it('refuses the right password of another user', async () => {
    expect((await ask(sql('SELECT 1'), { auth: false, headers: { authorization: basic(engine.password, 'root') } })).status).toBe(
      401,
    );
  });

  it('takes the password by Basic, by headers and in the URL', async () => {
    expect((await ask(sql('SELECT 1'))).text).toBe('1\n');
    const headers = { 'x-clickhouse-user': 'default', 'x-clickhouse-key': engine.password };
    expect((await ask(sql('SELECT 2'), { auth: false, headers })).text).toBe('2\n');
    expect((await ask(sql('SELECT 3', `&user=default&password=${engine.password}`), { auth: false })).text).toBe('3\n');
  });

  it.each([
    ['another host', { host: 'evil.example:8123' }],
    ['another port of loopback', { host: '127.0.0.1:1' }],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['another port as origin', { origin: 'http://127.0.0.1:1' }],
  ])('refuses %s with 403, the password or not', async (_what, headers) => {
    expect((await ask(sql('SELECT 1'), { headers })).status).toBe(403);
    expect((await ask('/ping', { auth: false, headers })).status).toBe(403);
  });

  it('takes every name of loopback', async () => {
    const { port } = new URL(engine.url);
    for (const name of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST']) {
      const headers = { host: `${name}:${port}`, origin: `http://${name}:${port}` };
      expect((await ask(sql('SELECT 1'), { headers })).status).toBe(200);
    }
  });

  it('reads only in a GET', async () => {
    const reply = await ask(sql('CREATE TABLE never (a Int8) ENGINE = Memory'));
    expect(reply.headers['x-clickhouse-exception-code']).toBe('164');
    expect((await ask(sql('SELECT 1 SETTINGS max_threads = 1', '&max_block_size=100'))).text).toBe('1\n');
    expect((await ask(sql('CREATE TABLE never (a Int8) ENGINE = Memory', '&readonly=0'))).status).toBe(500);
  });
});
