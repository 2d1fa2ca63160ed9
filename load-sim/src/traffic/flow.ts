/**
 * Traffic in one direction as a rate whose integral is known: a daily curve plus two trains of bursts.
 *
 *   rate(t) = base · (1 + d1·cos ω(t−p) + d2·cos 2ω(t−p)) + Σ peak · ((1 + cos θ(t)) / 2)⁴
 *
 * It is never negative and never above the peak that the flow was made with, and
 * ((1 + cos θ)/2)⁴ = (35 + 56 cos θ + 28 cos 2θ + 8 cos 3θ + cos 4θ) / 128, so volumes are sums of sines.
 */
import { between, derive } from './random.ts';

const DAY_MS = 86_400_000;
const TURN = 2 * Math.PI;

interface BurstTrain {
  readonly peakPerMs: number;
  readonly periodMs: number;
  readonly offsetMs: number;
}

/** One direction of traffic. Rates are bytes per millisecond. */
export interface Flow {
  readonly basePerMs: number;
  readonly busiestAtMs: number;
  readonly dailySwing: number;
  readonly halfDailySwing: number;
  readonly bursts: readonly BurstTrain[];
}

/** A flow that never exceeds `peakPerMs` bytes per millisecond; its shape follows from the key. */
export function createFlow(key: number, peakPerMs: number): Flow {
  const choose = (aspect: string, low: number, high: number): number => between(derive(key, aspect), low, high);
  const dailySwing = choose('daily swing', 0.35, 0.6);
  const halfDailySwing = choose('half-daily swing', 0.05, 0.2);
  const baseShare = choose('base share', 0.35, 0.55);
  const slowShare = choose('slow share', 0.2, 0.28);
  return {
    basePerMs: (peakPerMs * baseShare) / (1 + dailySwing + halfDailySwing),
    // Networks are busiest in the evening.
    busiestAtMs: Math.floor(choose('busiest', 18, 22) * 3_600_000),
    dailySwing,
    halfDailySwing,
    bursts: [
      {
        peakPerMs: peakPerMs * slowShare,
        periodMs: choose('slow period', 420_000, 2_700_000),
        offsetMs: choose('slow offset', 0, 2_700_000),
      },
      {
        peakPerMs: peakPerMs * (1 - baseShare - slowShare),
        periodMs: choose('fast period', 37_000, 190_000),
        offsetMs: choose('fast offset', 0, 190_000),
      },
    ],
  };
}

/** Bytes per millisecond at a time. */
export function flowRate(flow: Flow, atMs: number): number {
  const day = (TURN * ((atMs - flow.busiestAtMs) % DAY_MS)) / DAY_MS;
  let rate = flow.basePerMs * (1 + flow.dailySwing * Math.cos(day) + flow.halfDailySwing * Math.cos(2 * day));
  for (const burst of flow.bursts) rate += burst.peakPerMs * ((1 + Math.cos(angle(burst, atMs))) / 2) ** 4;
  return rate;
}

/** Bytes of the daily curve between two times. Not rounded. */
export function baseVolume(flow: Flow, fromMs: number, toMs: number): number {
  return flow.basePerMs * (toMs - fromMs) + baseSwing(flow, toMs) - baseSwing(flow, fromMs);
}

/** Bytes of the bursts between two times. Not rounded. */
export function burstVolume(flow: Flow, fromMs: number, toMs: number): number {
  let volume = 0;
  for (const burst of flow.bursts) {
    volume += burst.peakPerMs * ((35 / 128) * (toMs - fromMs) + burstSwing(burst, toMs) - burstSwing(burst, fromMs));
  }
  return volume;
}

function baseSwing(flow: Flow, atMs: number): number {
  const day = (TURN * ((atMs - flow.busiestAtMs) % DAY_MS)) / DAY_MS;
  const sine = Math.sin(day);
  return (flow.basePerMs * DAY_MS * (flow.dailySwing * sine + flow.halfDailySwing * sine * Math.cos(day))) / TURN;
}

function burstSwing(burst: BurstTrain, atMs: number): number {
  const theta = angle(burst, atMs);
  const cosine = Math.cos(theta);
  const sine1 = Math.sin(theta);
  const sine2 = 2 * sine1 * cosine;
  const sine3 = 2 * cosine * sine2 - sine1;
  const sine4 = 2 * cosine * sine3 - sine2;
  return (burst.periodMs * (56 * sine1 + 14 * sine2 + (8 / 3) * sine3 + sine4 / 4)) / (128 * TURN);
}

function angle(burst: BurstTrain, atMs: number): number {
  return (TURN * ((atMs + burst.offsetMs) % burst.periodMs)) / burst.periodMs;
}
