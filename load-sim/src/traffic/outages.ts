/** When a link is down: once in each of its periods, for some seconds. */
import { between, derive, mix, unit, wholeBetween } from './random.ts';

const HOUR_MS = 3_600_000;
const OUTAGE_MIN_MS = 2_000;
const OUTAGE_MAX_MS = 60_000;

/** One time without link: from `startMs` until just before `endMs`, Unix milliseconds. */
export interface Outage {
  readonly startMs: number;
  readonly endMs: number;
}

/** The outages of one link, numbered; outage n lies whole within period n. */
export interface OutageSchedule {
  outage(number: number): Outage;
  /** Number of the period that a time lies in. */
  periodOf(atMs: number): number;
}

/** A link that goes down once in every 1 to 48 hours. */
export function createOutageSchedule(key: number): OutageSchedule {
  const periodMs = Math.floor(between(derive(key, 'outage period'), HOUR_MS, 48 * HOUR_MS));
  const startKey = derive(key, 'outage start');
  const lengthKey = derive(key, 'outage length');
  return {
    outage(number) {
      const startMs = number * periodMs + Math.floor(unit(mix(startKey, number)) * (periodMs - OUTAGE_MAX_MS - 1));
      return { startMs, endMs: startMs + wholeBetween(mix(lengthKey, number), OUTAGE_MIN_MS, OUTAGE_MAX_MS) };
    },
    periodOf: (atMs) => Math.floor(atMs / periodMs),
  };
}
