import { describe, expect, it } from 'vitest';
import { planFleet } from '../fleet.ts';
import type { ClientState } from './stations.ts';
import { createWorld } from './world.ts';

const START = Date.UTC(2026, 5, 1, 12);
const OPTIONS = { routers: 80, sites: 4, seed: 3, startMs: START };
const WORLD = createWorld(planFleet(OPTIONS));
const COUNTERS = ['txBytes', 'rxBytes', 'txPackets', 'rxPackets', 'uptimeMs'] as const;
const ACCESS_POINTS = WORLD.routers.filter((model) => model.board.radios.length > 0);

describe('wireless clients', () => {
  it('are 5 to 25 on most access points, and none elsewhere', () => {
    const counts = ACCESS_POINTS.map((model) => model.clientsAt(START).length);
    expect(counts.filter((count) => count >= 4 && count <= 26).length / counts.length).toBeGreaterThan(0.9);
    const others = WORLD.routers.filter((model) => model.board.radios.length === 0);
    expect(others.every((model) => model.clientsAt(START).length === 0)).toBe(true);
  });

  it('are at one radio of one access point at a time', () => {
    for (let atMs = START; atMs < START + 7_200_000; atMs += 60_000) {
      const macs = ACCESS_POINTS.flatMap((model) => model.clientsAt(atMs).map((client) => client.mac));
      expect(new Set(macs).size).toBe(macs.length);
    }
  });

  it('come, go, roam, and count from zero at every association', () => {
    const seen = new Map<number, { place: string; client: ClientState }>();
    const violations: unknown[] = [];
    let came = 0;
    let roamed = 0;
    for (let atMs = START; atMs < START + 2 * 3_600_000; atMs += 15_000) {
      for (const model of ACCESS_POINTS) {
        for (const client of model.clientsAt(atMs)) {
          const place = `${model.plan.router} ${client.radio}`;
          const before = seen.get(client.mac);
          seen.set(client.mac, { place, client });
          if (client.lastActivityMs > client.uptimeMs || client.signalDbm < -93 || client.signalDbm > -30)
            violations.push(client);
          if (before?.client.associationNumber !== client.associationNumber) {
            came++;
            if (before !== undefined && before.place !== place) roamed++;
            if (atMs > START && client.uptimeMs >= 15_000) violations.push(client);
          } else if (COUNTERS.some((counter) => client[counter] < before.client[counter])) violations.push(client);
        }
      }
    }
    expect(violations).toEqual([]);
    expect(came).toBeGreaterThan(600);
    expect(roamed).toBeGreaterThan(100);
  });

  it('are the same whatever was asked before', () => {
    const again = createWorld(planFleet(OPTIONS));
    for (const model of ACCESS_POINTS) {
      expect(again.routers[model.plan.index]?.clientsAt(START + 77_777)).toEqual(model.clientsAt(START + 77_777));
    }
  });

  it('lose their associations when the access point boots', () => {
    for (const model of ACCESS_POINTS.slice(0, 10)) {
      const boot = model.bootAt(START);
      expect(model.clientsAt(boot.atMs + 1_000)).toEqual([]);
      expect(model.clientsAt(boot.atMs + 8_000).every((client) => client.uptimeMs === 0)).toBe(true);
    }
  });
});
