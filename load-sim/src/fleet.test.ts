import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { agentConfig } from './agent-config.ts';
import { BOARD_NAMES, boardOf } from './boards/catalog.ts';
import { DIALECT_NAMES } from './dialects/dialect.ts';
import { type FleetOptions, planFleet, siteName } from './fleet.ts';
import { AUTHORITY_FILE } from './routers/certificate.ts';
import { createWorld } from './traffic/world.ts';

const BASE = { routers: 500, sites: 5, seed: 1, startMs: Date.UTC(2026, 0, 1) };

describe('a planned fleet', () => {
  it('is the same for the same options and another for another seed', () => {
    expect(planFleet(BASE)).toEqual(planFleet(BASE));
    expect(planFleet({ ...BASE, seed: 2 }).routers.map(({ board }) => board)).not.toEqual(
      planFleet(BASE).routers.map(({ board }) => board),
    );
  });

  it('has every address and name once, spread evenly over its sites', () => {
    const { routers } = planFleet({ ...BASE, routers: 1000, sites: 7 });
    expect(new Set(routers.map(({ address }) => address)).size).toBe(1000);
    expect(new Set(routers.map(({ router }) => router)).size).toBe(1000);
    const sizes = [...Map.groupBy(routers, ({ site }) => site).values()].map((members) => members.length);
    expect(sizes.length).toBe(7);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(routers.every(({ address }) => /^127\.64\.\d+\.([1-9]\d?|1\d\d|2[0-4]\d|25[0-4])$/.test(address))).toBe(true);
  });

  it('has about ten interfaces per router, access points among them', () => {
    const { routers } = createWorld(planFleet(BASE));
    const interfaces = routers.reduce((sum, model) => sum + model.interfaces.specs.length, 0);
    expect(interfaces / routers.length).toBeGreaterThan(9);
    expect(interfaces / routers.length).toBeLessThan(11);
    const macs = routers.flatMap((model) =>
      model.interfaces.specs.filter(({ type }) => type === 'ether' || type === 'wlan' || type === 'wifi'),
    );
    expect(new Set(macs.map(({ mac }) => mac)).size).toBe(macs.length);
    for (const model of routers)
      expect(new Set(model.interfaces.specs.map(({ id }) => id)).size).toBe(model.interfaces.specs.length);
  });

  it('has every board in every version that runs on it, where all are asked for', () => {
    const { routers } = planFleet({ ...BASE, routers: 174, mix: 'all' });
    const kinds = Map.groupBy(routers, ({ board, dialect }) => `${board} ${dialect}`);
    expect(kinds.size).toBe(BOARD_NAMES.reduce((sum, name) => sum + boardOf(name).dialects.length, 0));
    expect(Array.from(kinds.values(), (some) => some.length)).toEqual(Array.from(kinds, () => 2));
    expect(new Set(routers.map(({ dialect }) => dialect))).toEqual(new Set(DIALECT_NAMES));
  });

  it('has templates that say where their figures come from', () => {
    for (const name of BOARD_NAMES) expect(boardOf(name).evidence).toMatch(/^published |^constructed from documentation$/);
  });

  it('lets the last routers refuse their login', () => {
    const { routers } = planFleet({ ...BASE, routers: 10, refuseLogin: 3 });
    expect(routers.filter(({ refusesLogin }) => refusesLogin).map(({ index }) => index)).toEqual([7, 8, 9]);
  });

  it('shares one address where ports are given', () => {
    const { routers } = planFleet({ ...BASE, routers: 3, portsFrom: 20_000 });
    expect(routers.map(({ address, port }) => `${address}:${port}`)).toEqual([
      '127.0.0.1:20000',
      '127.0.0.1:20001',
      '127.0.0.1:20002',
    ]);
  });

  it('speaks TLS on the TLS port, as far as asked for', () => {
    const transports = (tls: FleetOptions['tls'], extra: Partial<FleetOptions> = {}): string[] =>
      planFleet({ ...BASE, routers: 3, ...extra, ...(tls === undefined ? {} : { tls }) }).routers.map(
        ({ transport, port }) => `${transport} ${port}`,
      );
    expect(transports(undefined)).toEqual(['plain 8728', 'plain 8728', 'plain 8728']);
    expect(transports({ transport: 'certificate' })).toEqual(['certificate 8729', 'certificate 8729', 'certificate 8729']);
    expect(transports({ transport: 'anonymous', routers: 1 })).toEqual(['anonymous 8729', 'plain 8728', 'plain 8728']);
    expect(transports({ transport: 'anonymous', routers: 1 }, { portsFrom: 20_000 })).toEqual([
      'anonymous 20000',
      'plain 20001',
      'plain 20002',
    ]);
  });

  it.each([
    [{ routerNet: '10.0.0.0/16' }, /Cannot use router net 10\.0\.0\.0\/16: give a loopback network/],
    [{ routerNet: '127.64.1.0/16' }, /bits beyond \/16/],
    [{ routerNet: '127.64.1.0/24' }, /Cannot place 500 routers in 127\.64\.1\.0\/24: it has room for 254/],
    [{ routers: 0 }, /Cannot plan 0 routers/],
    [{ sites: 0 }, /Cannot plan 0 sites/],
    [{ refuseLogin: 501 }, /Cannot let 501 of 500/],
    [{ portsFrom: 65_200 }, /must stay below 65536/],
    [{ tls: { transport: 'certificate', routers: 501 } }, /Cannot let 501 of 500 routers speak TLS/],
  ] as const)('cannot be planned from %j', (options, message) => {
    expect(() => planFleet({ ...BASE, ...options })).toThrow(message);
  });

  it('names any number of sites', () => {
    const names = Array.from({ length: 500 }, (_, number) => siteName(number));
    expect(names.slice(0, 5)).toEqual(['fra1', 'lon1', 'ams1', 'waw1', 'mad1']);
    expect(new Set(names).size).toBe(500);
  });
});

describe('the agent configuration of a fleet', () => {
  it('names every router with its site, address and credentials', () => {
    const fleet = planFleet({ ...BASE, routers: 4, sites: 2 });
    const text = agentConfig(fleet, {
      agent: 'pop1',
      hubAddresses: ['127.0.0.1:4650'],
      hubToken: 'secret',
      pollIntervalMs: 10_000,
      spoolFolder: '/var/spool/x',
    });
    expect(parse(text)).toEqual({
      agent: 'pop1',
      site: 'fra1',
      hub: { addresses: ['127.0.0.1:4650'], token: 'secret' },
      poll: { interval_ms: 10_000 },
      spool: { folder: '/var/spool/x' },
      credentials: { default: { user: 'poplar', password: 'simulated', allow_md5_login: false } },
      routers: fleet.routers.map(({ router, site, address, port }) => ({
        name: router,
        address,
        port,
        site,
        credentials: 'default',
      })),
      log: { level: 'info' },
    });
  });

  it('says how to know routers that speak TLS', () => {
    const tlsOf = (transport: 'certificate' | 'anonymous'): unknown[] =>
      parse(
        agentConfig(planFleet({ ...BASE, routers: 2, tls: { transport, routers: 1 } }), {
          agent: 'pop1',
          hubAddresses: ['127.0.0.1:4650'],
          hubToken: 'secret',
          pollIntervalMs: 10_000,
          spoolFolder: '/var/spool/x',
        }),
      ).routers.map(({ port, tls }: Record<string, unknown>) => ({ port, tls }));
    const plain = { port: 8728, tls: undefined };
    expect(tlsOf('certificate')).toEqual([{ port: 8729, tls: { ca_file: AUTHORITY_FILE, server_name: 'poplar-router' } }, plain]);
    expect(tlsOf('anonymous')).toEqual([{ port: 8729, tls: { anonymous: true } }, plain]);
  });
});
