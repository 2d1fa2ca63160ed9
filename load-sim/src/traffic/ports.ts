/** Optics and power over Ethernet of a port at any time. */
import type { InterfaceSpec } from '../boards/layout.ts';
import { between, derive, unit, wholeBetween } from './random.ts';
import { swing } from './wave.ts';

/** What the module in a cage measures. */
export interface OpticState {
  readonly serial: string;
  readonly temperatureC: number;
  readonly supplyV: number;
  readonly biasMa: number;
  readonly txDbm: number;
  readonly rxDbm: number;
}

/** One in ten optics gets too little light: a dirty connector. */
export function opticAt(spec: InterfaceSpec, key: number, atMs: number): OpticState {
  const hot = spec.speedBps >= 2.5e10 ? 8 : 0;
  const dirty = unit(derive(key, 'dirty')) < 0.1;
  return {
    serial: `S${derive(key, 'module serial').toString(36).toUpperCase().padStart(7, '0')}`,
    temperatureC: Math.round(swing(derive(key, 'module temperature'), atMs, 34 + hot, 5)),
    supplyV: swing(derive(key, 'module voltage'), atMs, 3.3, 0.02),
    biasMa: Math.round(swing(derive(key, 'module bias'), atMs, 32, 2)),
    txDbm: swing(derive(key, 'module tx'), atMs, between(derive(key, 'module tx mid'), -3, -1), 0.15),
    rxDbm: swing(derive(key, 'module rx'), atMs, dirty ? -17.5 : between(derive(key, 'module rx mid'), -9, -3), 0.4),
  };
}

export interface PoeState {
  readonly status: 'powered-on' | 'waiting-for-load' | 'disabled' | 'overload';
  readonly volts: number;
  readonly milliamps: number;
}

/** A port with a cable feeds what hangs on it in three of four cases; a few loads are too much for it. */
export function poeAt(spec: InterfaceSpec, key: number, atMs: number): PoeState {
  const choice = unit(derive(key, 'poe load'));
  const status = spec.disabled
    ? 'disabled'
    : !spec.connected || choice >= 0.75
      ? 'waiting-for-load'
      : choice < 0.02
        ? 'overload'
        : 'powered-on';
  const milliamps = wholeBetween(derive(key, 'poe current'), 60, 420);
  return {
    status,
    volts: swing(derive(key, 'poe volts'), atMs, 24, 0.4),
    milliamps: Math.round(swing(derive(key, 'poe swing'), atMs, milliamps, milliamps * 0.08)),
  };
}
