import { describe, expect, it } from 'vitest';
import type { BoardName } from '../boards/board.ts';
import type { DialectName } from '../dialects/dialect.ts';
import type { Row } from '../dialects/forms.ts';
import { planFleet } from '../fleet.ts';
import { everything } from '../routers/menus/menu.ts';
import { menuOf } from '../routers/menus/menus.ts';
import { createWorld, type RouterModel, type World } from '../traffic/world.ts';
import type { FaultKind } from './kinds.ts';
import { parseScenario } from './scenario.ts';

const START = Date.UTC(2026, 5, 1, 12);
const FROM = START + 100_000;
const TO = START + 200_000;
const WRAP = 2 ** 32;

/** Two neighbouring routers, the first of which has this fault from 100 s to 200 s. */
function worldWith(kind: FaultKind, board: BoardName = 'hap-ac2', dialect: DialectName = '7.18', settings: object = {}): World {
  const scenario = parseScenario(
    JSON.stringify({ faults: [{ kind, routers: ['r0001'], from_s: 100, for_s: 100, ...settings }] }),
    'x',
  );
  const fleet = planFleet({ routers: 2, sites: 1, seed: 7, startMs: START });
  return createWorld({ ...fleet, scenario, routers: fleet.routers.map((plan) => ({ ...plan, board, dialect })) });
}

function firstOf({ routers: [model] }: World): RouterModel {
  if (model === undefined) throw new Error('no router');
  return model;
}

function secondOf({ routers: [, model] }: World): RouterModel {
  if (model === undefined) throw new Error('no second router');
  return model;
}

function rowsOf(model: RouterModel, path: string, atMs: number): Row[] {
  return menuOf(model, path)?.print?.(model, atMs, everything) ?? [];
}

function interfacesAt(model: RouterModel, atMs: number) {
  return model.interfaces.at(model.bootAt(atMs), atMs);
}

describe('the state of a router with a fault', () => {
  it('reboot: uptime and counters start at its beginning, once', () => {
    const model = firstOf(worldWith('reboot'));
    expect(model.bootAt(FROM - 1).atMs).toBeLessThan(START);
    expect(model.bootAt(FROM).atMs).toBe(FROM);
    expect(model.bootAt(TO + 3_600_000).atMs).toBe(FROM);
    expect(model.bootAt(FROM).number).not.toBe(model.bootAt(FROM - 1).number);
    expect(model.resources.at(model.bootAt(TO), TO).uptimeMs).toBe(TO - FROM);
    const bytes = (atMs: number): number => interfacesAt(model, atMs)[0]?.rxBytes ?? 0;
    expect(bytes(FROM + 1_000)).toBeLessThan(bytes(FROM - 1_000));
    expect(secondOf(worldWith('reboot')).bootAt(TO).atMs).toBeLessThan(START);
  });

  it('counters_32bit: counters are what is left of the true ones', () => {
    const [world, usual] = [worldWith('counters_32bit', 'ccr2216'), worldWith('clock_jump', 'ccr2216')];
    const [strange, real] = [firstOf(world), firstOf(usual)].map((model) => interfacesAt(model, FROM));
    expect(strange?.map(({ rxBytes }) => rxBytes)).toEqual(real?.map(({ rxBytes }) => rxBytes % WRAP));
    expect(real?.some(({ rxBytes }) => rxBytes > WRAP)).toBe(true);
    expect(interfacesAt(firstOf(world), TO)).toEqual(interfacesAt(firstOf(usual), TO));
  });

  it('duplicate_macs: two interfaces with one address, and clients at two radios and two access points', () => {
    const world = worldWith('duplicate_macs');
    const [model, neighbour] = [firstOf(world), secondOf(world)];
    const twins = (atMs: number): number => {
      const ports = interfacesAt(model, atMs).filter(({ spec }) => spec.type === 'ether');
      return ports.length - new Set(ports.map(({ spec }) => spec.mac)).size;
    };
    expect([twins(FROM - 1), twins(FROM), twins(TO)]).toEqual([0, 1, 0]);
    const macs = (one: RouterModel, atMs: number): number[] => one.clientsAt(atMs).map(({ mac }) => mac);
    expect(new Set(macs(model, FROM - 1)).size).toBe(macs(model, FROM - 1).length);
    const own = new Set(macs(model, FROM));
    expect(own.size).toBeLessThan(macs(model, FROM).length);
    expect(macs(neighbour, FROM).filter((mac) => own.has(mac)).length).toBeGreaterThan(0);
    const places = model.clientsAt(FROM).map(({ mac, radio }) => `${radio} ${mac}`);
    expect(new Set(places).size).toBe(places.length - 1);
    expect(macs(neighbour, FROM)).toHaveLength(new Set(macs(neighbour, FROM)).size);
  });

  it('no_clients: nobody, and then new associations', () => {
    const model = firstOf(worldWith('no_clients'));
    expect(model.clientsAt(FROM - 1).length).toBeGreaterThan(2);
    expect(model.clientsAt(FROM)).toEqual([]);
    expect(model.clientsAt(TO - 1)).toEqual([]);
    const after = model.clientsAt(TO + 5_000);
    expect(after.length).toBeGreaterThan(2);
    expect(Math.max(...after.map(({ uptimeMs }) => uptimeMs))).toBe(5_000);
    expect(rowsOf(model, '/interface/wifi/registration-table', FROM)).toEqual([]);
  });

  it('clock_jump: dates move, uptime does not', () => {
    const [wrong, right] = [worldWith('clock_jump', 'rb4011', '7.18', { by_s: -3_600 }), worldWith('mute', 'rb4011')].map(
      firstOf,
    );
    if (wrong === undefined || right === undefined) throw new Error('no routers');
    const dates = (model: RouterModel, atMs: number): number[] =>
      rowsOf(model, '/interface', atMs)
        .flat()
        .flatMap(([name, value]) => (name === 'last-link-up-time' ? [Date.parse(`${value}Z`)] : []));
    expect(dates(right, FROM).length).toBeGreaterThan(2);
    expect(dates(wrong, FROM)).toEqual(dates(right, FROM).map((atMs) => atMs - 3_600_000));
    expect(dates(wrong, TO)).toEqual(dates(right, TO));
    for (const path of ['/system/resource', '/system/identity'])
      expect(rowsOf(wrong, path, FROM)).toEqual(rowsOf(right, path, FROM));
    expect(rowsOf(wrong, '/system/script', FROM)).not.toEqual(rowsOf(right, '/system/script', FROM));
    expect(rowsOf(wrong, '/system/script', TO)).toEqual(rowsOf(right, '/system/script', TO));
  });

  it('huge_tables: as many rows as the scenario says', () => {
    const rows = { routes: 70_000, connections: 50, leases: 3_000, queues: 900 };
    const model = firstOf(worldWith('huge_tables', 'rb4011', '7.18', { rows }));
    const size = (path: string, atMs: number): number => menuOf(model, path)?.table?.size(model, atMs) ?? -1;
    expect(size('/ip/route', FROM)).toBe(70_000);
    expect(size('/ip/dhcp-server/lease', FROM)).toBe(3_000);
    expect(size('/queue/simple', FROM)).toBe(900);
    expect(size('/ip/route', TO)).toBeLessThan(70_000);
    const last = menuOf(model, '/ip/route')?.table?.row(model, 69_999, FROM);
    expect(last?.find(([name]) => name === 'dst-address')?.[1]).toBe('21.17.111.0/24');
  });
});
