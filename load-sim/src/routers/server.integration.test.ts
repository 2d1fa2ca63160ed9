import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { RouterOSAPI } from 'node-routeros';
import { describe, expect, it } from 'vitest';
import { type RadioStack, radioStackOf } from '../dialects/stack.ts';
import { type Fleet, planFleet } from '../fleet.ts';
import type { Transport } from '../router-plan.ts';
import { createWorld, type RouterModel } from '../traffic/world.ts';
import { AUTHORITY_FILE } from './certificate.ts';
import { createSentenceParser, encodeSentences } from './codec.ts';
import type { Segmentation } from './segments.ts';
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

const REGISTRATION_TABLES: Readonly<Record<RadioStack, string>> = {
  wireless: '/interface/wireless/registration-table/print',
  wifi: '/interface/wifi/registration-table/print',
  wifiwave2: '/interface/wifiwave2/registration-table/print',
  'caps-man': '/caps-man/registration-table/print',
};

describe('simulated routers', () => {
  it('are read by an independent client as it comes from npm, in every version', async () => {
    const fleet = planFleet({ routers: 90, sites: 1, seed: 1, startMs: Date.now(), routerNet: '127.73.1.0/24', mix: 'all' });
    const world = createWorld(fleet);
    await using _ = await startRouters(world, { nowMs: Date.now, journal: undefined });
    const clients: unknown[] = [];
    const stacks = new Set<string>();
    // All at once: the client waits for the system's delayed acknowledgements at every command.
    const read = async (model: RouterModel): Promise<void> => {
      const { plan, board, dialect } = model;
      const api = await login(plan);
      const [resource] = await api.write('/system/resource/print');
      expect(resource).toMatchObject({ version: dialect.version, uptime: expect.stringMatching(/^(\d+[wdhms])+$/) });
      const interfaces = await api.write('/interface/print');
      expect(interfaces.length).toBeGreaterThan(2);
      expect(interfaces[0]).toMatchObject({ running: expect.stringMatching(/^(true|false)$/) });
      const [port] = await api.write('/interface/ethernet/print');
      const [link] = await api.write(['/interface/ethernet/monitor', `=numbers=${port?.['name']}`, '=once=']);
      expect(link).toMatchObject({ name: port?.['name'], status: expect.stringMatching(/^(link-ok|no-link)$/) });
      const [routes] = await api.write(['/ip/route/print', '=count-only=']);
      expect(Number(routes?.['ret'])).toBeGreaterThan(0);
      const [update] = await api.write('/system/package/update/print');
      expect(update).toMatchObject({ 'installed-version': dialect.installedVersion });
      // Only tables with rows: this client dies of the !empty that 7.18 answers otherwise.
      const stack = radioStackOf(dialect, board);
      if (stack !== undefined && model.clientsAt(Date.now()).length > 1) {
        clients.push(...(await api.write(REGISTRATION_TABLES[stack])));
        stacks.add(stack);
      }
      await api.close();
    };
    await Promise.all(world.routers.map(read));
    expect(stacks).toEqual(new Set(Object.keys(REGISTRATION_TABLES)));
    const client = { interface: expect.stringMatching(/^(wlan|wifi|cap)[12]$/), bytes: expect.stringMatching(/^\d+,\d+$/) };
    expect(clients).toEqual(clients.map(() => expect.objectContaining(client)));
  });

  it('answer concurrent commands of an independent client with the right replies', async () => {
    const fleet = fleetOn(5, 2);
    await using _ = await start(fleet);
    const [plan] = fleet.routers;
    if (plan === undefined) throw new Error('no router');
    const api = await login(plan);
    const identities = await Promise.all(Array.from({ length: 20 }, () => api.write('/system/identity/print')));
    expect(new Set(identities.map(([row]) => row?.['name']))).toEqual(new Set([`${plan.site}-${plan.board}-${plan.router}`]));
    await api.close();
  });

  it.each(['bytes', 'random'] as const)('say the same whether replies are cut into %s or not', async (segmentation) => {
    const fleet = fleetOn(segmentation === 'bytes' ? 6 : 7, 1);
    const nowMs = (): number => fleet.startMs;
    const [plan] = fleet.routers;
    if (plan === undefined) throw new Error('no router');
    const talk = async (kind: Segmentation): Promise<{ sentences: string[][]; chunks: number }> => {
      await using _ = await startRouters(createWorld({ ...fleet, routers: [{ ...plan, refusesLogin: false }] }), {
        nowMs,
        journal: undefined,
        segmentation: kind,
      });
      const socket = connect(plan.port, plan.address);
      const parser = createSentenceParser({ wordBytesMax: 100_000, wordsMax: 1_000 });
      const sentences: string[][] = [];
      let chunks = 0;
      socket.on('data', (chunk) => {
        chunks++;
        sentences.push(...parser.push(chunk));
      });
      socket.write(
        encodeSentences([['/login', `=name=${plan.user}`, `=password=${plan.password}`], ['/interface/print'], ['/quit']]),
      );
      await once(socket, 'end');
      socket.destroy();
      return { sentences, chunks };
    };
    const [whole, cut] = [await talk('whole'), await talk(segmentation)];
    expect(cut.sentences).toEqual(whole.sentences);
    expect(whole.sentences.at(-1)).toEqual(['!fatal', 'session terminated on request']);
    expect(cut.chunks).toBeGreaterThan(whole.chunks);
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
    // Its own end is taken note of: a connection that stayed would keep the server from stopping.
    if (!extra.destroyed) await once(extra, 'close');
    for (const socket of sockets) socket.destroy();
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
