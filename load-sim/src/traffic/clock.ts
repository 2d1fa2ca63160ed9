/** What the clock of a router shows: a closed form of the router and the time. */
import { clockErrorMs } from '../faults/clock.ts';
import type { FaultTrack } from '../faults/plan.ts';
import type { Boot } from './boots.ts';
import { derive, pick, unit, wholeBetween } from './random.ts';

/** Zones without summer time. */
const ZONES = [
  { name: 'UTC', gmtOffsetS: 0 },
  { name: 'Africa/Lagos', gmtOffsetS: 3600 },
  { name: 'Asia/Jakarta', gmtOffsetS: 7 * 3600 },
  { name: 'Asia/Kolkata', gmtOffsetS: 5.5 * 3600 },
  { name: 'America/Bogota', gmtOffsetS: -5 * 3600 },
  { name: 'America/Sao_Paulo', gmtOffsetS: -3 * 3600 },
] as const;

/** Where a clock without a battery starts, as the manual says. */
const NEVER_SET_MS = 86_400_000;

export interface RouterClock {
  readonly zone: string;
  /** Local time minus UTC, seconds. */
  readonly gmtOffsetS: number;
  /** What the clock shows at a time, UTC, Unix milliseconds. */
  at(atMs: number): number;
  /** What the router adds, at a time, to the true time of an event when it writes that as a local date, milliseconds. */
  localShiftMs(atMs: number): number;
}

/**
 * Most clocks are kept by NTP and right within a second; of the others some drift since the boot, some are minutes off, and a few were
 * never set: RouterOS starts those on 2 January 1970 at every boot.
 */
export function createRouterClock(key: number, faults: FaultTrack, bootAt: (atMs: number) => Boot): RouterClock {
  const zone = pick(derive(key, 'time zone'), ZONES);
  const usual = usualError(derive(key, 'clock'), bootAt);
  const errorMs = (atMs: number): number => usual(atMs) + clockErrorMs(faults, atMs);
  return {
    zone: zone.name,
    gmtOffsetS: zone.gmtOffsetS,
    at: (atMs) => atMs + errorMs(atMs),
    localShiftMs: (atMs) => errorMs(atMs) + zone.gmtOffsetS * 1000,
  };
}

function usualError(key: number, bootAt: (atMs: number) => Boot): (atMs: number) => number {
  const residueMs = wholeBetween(derive(key, 'residue'), -900, 900);
  const sign = unit(derive(key, 'sign')) < 0.5 ? -1 : 1;
  const kind = unit(derive(key, 'kind'));
  if (kind < 0.85) return () => residueMs;
  if (kind < 0.92) {
    const ppm = sign * wholeBetween(derive(key, 'drift'), 5, 80);
    return (atMs) => Math.round(((atMs - bootAt(atMs).atMs) * ppm) / 1e6);
  }
  if (kind < 0.97) return () => sign * wholeBetween(derive(key, 'minutes'), 1, 15) * 60_000 + residueMs;
  return (atMs) => NEVER_SET_MS - bootAt(atMs).atMs;
}
