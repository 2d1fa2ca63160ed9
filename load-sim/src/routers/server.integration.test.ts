import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { RouterOSAPI } from 'node-routeros';
import { describe, expect, it } from 'vitest';
import { type Fleet, planFleet, type Transport } from '../fleet.ts';
import { createWorld } from '../traffic/world.ts';
import { AUTHORITY_FILE } from './certificate.ts';
import { type RouterServer, SESSIONS_MAX, startRouters } from './server.ts';

const PLAN = { sites: 1, seed: 1, startMs: Date.now() };

function fleetOn(third: number, routers = 12): Fleet {
  return planFleet({ routers, sites: 2, seed: 1, startMs: Date.now(), routerNet: `127.73.${third}.0/24`, refuseLogin: 1 });
}

function start(fleet: Fleet): Promise<RouterServer> {
  return startRouters(createWorld(fleet), { nowMs: Date.now, journal: undefined });
}

async function login(plan: Fleet['routers'][number]): Promise<RouterOSAPI> {
  const api = new RouterOSAPI({ host: plan.address, port: plan.port, user: plan.user, password: plan.password, timeout: 5 });
  api.on('error', () => {});
  await api.connect();
  return api;
}

const CLIENT_TABLES = new Map([
  ['hap-ac2', '/interface/wireless/registration-table/print'],
  ['wap-ax', '/interface/wifi/registration-table/print'],
]);

describe('simulated routers', () => {
  it('are read by an independent client as it comes from npm', async () => {
    const fleet = fleetOn(1);
    await using _ = await start(fleet);
    const boards = new Map(
      fleet.routers.filter((plan) => !plan.refusesLogin).map((plan) => [`${plan.board} ${plan.dialect}`, plan]),
    );
    expect(boards.size).toBeGreaterThan(3);
    const clients: unknown[] = [];
    for (const plan of boards.values()) {
      const api = await login(plan);
      const [resource] = await api.write('/system/resource/print');
      expect(resource).toMatchObject({ platform: 'MikroTik', uptime: expect.stringMatching(/^(\d+[wdhms])+$/) });
      const interfaces = await api.write('/interface/print');
      expect(interfaces.length).toBeGreaterThan(4);
      expect(interfaces[0]).toMatchObject({ name: 'ether1', running: expect.stringMatching(/^(true|false)$/) });
      const identities = await Promise.all(Array.from({ length: 20 }, () => api.write('/system/identity/print')));
      expect(new Set(identities.map(([row]) => row?.['name']))).toEqual(new Set([`${plan.site}-${plan.board}-${plan.router}`]));
      // Only tables with rows: this client dies of the !empty that 7.18 answers otherwise.
      const table = CLIENT_TABLES.get(plan.board);
      if (table !== undefined) clients.push(...(await api.write(table)));
      await api.close();
    }
    expect(clients[0]).toMatchObject({
      interface: expect.stringMatching(/^(wlan|wifi)[12]$/),
      bytes: expect.stringMatching(/^\d+,\d+$/),
    });
  });

  it.each<[Exclude<Transport, 'plain'>, number, ConnectionOptions]>([
    ['certificate', 21, { ca: readFileSync(AUTHORITY_FILE), servername: 'poplar-router' }],
    ['anonymous', 22, { ciphers: 'ADH:@SECLEVEL=0', maxVersion: 'TLSv1.2', rejectUnauthorized: false }],
  ])('speak TLS (%s) to whoever comes with the right options, and close on others', async (transport, third, tls) => {
    const fleet = planFleet({
      ...PLAN,
      routers: 2,
      routerNet: `127.73.${third}.0/24`,
      tls: { transport, routers: 1 },
    });
    await using _ = await start(fleet);
    const [secured, plain] = fleet.routers;
    if (secured === undefined || plain === undefined) throw new Error('no routers');
    const cipher = await new Promise((resolve, reject) => {
      const socket = connectTls(secured.port, secured.address, tls, () => {
        resolve([socket.getProtocol(), socket.getCipher().name.startsWith('ADH')]);
        socket.destroy();
      }).once('error', reject);
    });
    expect(cipher).toEqual(['TLSv1.2', transport === 'anonymous']);
    // An API login where a TLS handshake is due. The client from npm would wait for ever when it is cut.
    const stranger = connect(secured.port, secured.address, () => stranger.write('\x06/login\x00')).on('error', () => {});
    stranger.resume();
    await once(stranger, 'close');
    const api = await login(plain);
    expect(await api.write('/system/identity/print')).toHaveLength(1);
    await api.close();
  });

  it('refuse a login as routers do', async () => {
    const fleet = fleetOn(2);
    await using _ = await start(fleet);
    const last = fleet.routers.at(-1);
    if (last === undefined) throw new Error('no router');
    await expect(login(last)).rejects.toMatchObject({ errno: 'CANTLOGIN' });
  });

  it('close the connection beyond their sessions at once', async () => {
    const fleet = fleetOn(3, 1);
    await using server = await start(fleet);
    const [plan] = fleet.routers;
    if (plan === undefined) throw new Error('no router');
    const open = (): Promise<Socket> =>
      new Promise((resolve, reject) => {
        const socket = connect(plan.port, plan.address, () => resolve(socket)).once('error', reject);
      });
    const sockets = await Promise.all(Array.from({ length: SESSIONS_MAX }, open));
    const extra = await open();
    expect(await new Promise((resolve) => extra.once('data', resolve).once('end', () => resolve('ended without a word')))).toBe(
      'ended without a word',
    );
    expect(server.counts().sessions).toBe(SESSIONS_MAX);
    for (const socket of [...sockets, extra]) socket.destroy();
  });

  it('say which port is taken, and leave none behind', async () => {
    const fleet = fleetOn(4, 3);
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(8728, '127.73.4.2', resolve));
    await expect(start(fleet)).rejects.toThrow(
      /Cannot listen on 127\.73\.4\.2:8728 for router r0002: the port is taken.*--router-net/,
    );
    await new Promise((resolve) => blocker.close(resolve));
    await using _ = await start(fleet);
  });
});
