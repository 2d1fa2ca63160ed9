/** CPU, memory, flash and sensors of a router at any time. */
import type { Board, Sensor } from '../boards/board.ts';
import type { Boot } from './boots.ts';
import { between, derive, mix, unit, wholeBetween } from './random.ts';

/** /system/resource at one time. Sizes in bytes. */
export interface ResourceState {
  readonly uptimeMs: number;
  /** 0 to 100, over all cores. */
  readonly cpuLoadPct: number;
  readonly coreLoadsPct: readonly number[];
  readonly memoryFreeBytes: number;
  readonly diskFreeBytes: number;
  readonly sectorsWrittenSinceBoot: number;
  readonly sectorsWrittenTotal: number;
}

export interface ResourceModel {
  at(boot: Boot, atMs: number): ResourceState;
  /** The value of a sensor, in its own unit and rounded to its decimals. */
  sensor(sensor: Sensor, atMs: number): number;
}

const DAY_MS = 86_400_000;
const TURN = 2 * Math.PI;
const PAGE_BYTES = 4096;

export function createResourceModel(board: Board, key: number): ResourceModel {
  const choose = (aspect: string, low: number, high: number): number => between(derive(key, aspect), low, high);
  const loadMid = choose('load', 4, 38);
  const loadSwing = loadMid * choose('load swing', 0.2, 0.5);
  const loadPeriodMs = choose('load period', 90_000, 600_000);
  const busiestAtMs = choose('load busiest', 18, 22) * 3_600_000;
  const noiseKey = derive(key, 'load noise');
  const memoryUsed = board.memoryBytes * choose('memory', 0.15, 0.6);
  const memorySwing = board.memoryBytes * choose('memory swing', 0.01, 0.04);
  const memoryPeriodMs = choose('memory period', 600_000, 7_200_000);
  const diskFree = Math.floor((board.diskBytes * choose('disk', 0.1, 0.85)) / PAGE_BYTES) * PAGE_BYTES;
  const msPerSector = choose('sectors', 4_000, 60_000);
  const sectorsAtBoot = wholeBetween(derive(key, 'sectors total'), 10_000, 2_000_000);
  const sensorKey = derive(key, 'sensors');

  /** RouterOS averages over a second: the load is constant within one. */
  function load(core: number, second: number): number {
    const atMs = second * 1000;
    const daily = Math.cos((TURN * ((atMs - busiestAtMs) % DAY_MS)) / DAY_MS);
    const wave = Math.sin((TURN * ((atMs + core * 17_000) % loadPeriodMs)) / loadPeriodMs);
    const noise = (unit(mix(mix(noiseKey, core), second)) - 0.5) * 8;
    return Math.min(100, Math.max(0, Math.round(loadMid + loadSwing * (0.6 * daily + 0.4 * wave) + noise)));
  }

  return {
    at(boot, atMs) {
      const second = Math.floor(atMs / 1000);
      const coreLoadsPct = Array.from({ length: board.cpuCount }, (_, core) => load(core, second));
      const memoryWave = Math.sin((TURN * (atMs % memoryPeriodMs)) / memoryPeriodMs);
      const sectors = Math.floor((atMs - boot.atMs) / msPerSector);
      return {
        uptimeMs: atMs - boot.atMs,
        cpuLoadPct: Math.round(coreLoadsPct.reduce((sum, one) => sum + one, 0) / board.cpuCount),
        coreLoadsPct,
        memoryFreeBytes: Math.floor((board.memoryBytes - memoryUsed - memorySwing * memoryWave) / PAGE_BYTES) * PAGE_BYTES,
        diskFreeBytes: diskFree,
        sectorsWrittenSinceBoot: sectors,
        sectorsWrittenTotal: sectorsAtBoot + sectors,
      };
    },
    sensor(sensor, atMs) {
      const own = derive(sensorKey, sensor.name);
      const periodMs = between(own, 600_000, 5_400_000);
      const value = sensor.mid + sensor.swing * Math.sin((TURN * (atMs % periodMs)) / periodMs);
      return sensor.decimals === 0 ? Math.round(value) : Math.round(value * 10) / 10;
    },
  };
}
