/**
 * What a port of the set has counted at a time, in closed form; `sql.ts` says the same in ClickHouse's words, and a test compares them.
 *
 *   volume(t) = S(t) − S(boot), S(t) = t + Σ aᵢ/ωᵢ · sin(ωᵢt + φ)         seconds of average traffic
 *   counter(t) = ⌊rate · (volume(t) + NOISE · interval · u(port, slot))⌋     u: 16 bits of a hash, as [0, 1)
 *
 * S grows by at least 0.3 per second and the noise moves less than that, so counters only fall when a router boots.
 */
import { type SetPlan, startMs } from './plan.ts';

/** Periods in seconds and their swings. */
export const WAVES = [
  { periodS: 86_400, swing: 0.45 },
  { periodS: 5820, swing: 0.15 },
  { periodS: 780, swing: 0.1 },
] as const;
/** Of an interval's average traffic. */
export const NOISE = 0.25;
/** Routers had been up this long when the set begins, s. */
export const HEAD_START_S = 864_000;
/** One router in ten boots once within the set: this many of 256. */
export const BOOTING_OF_256 = 26;
/** Ports without a link, of 256. */
export const IDLE_OF_256 = 51;
/** Lossy ports, of 256, and the part of their packets that is dropped; and that of the others. */
export const LOSSY_OF_256 = 26;
export const LOSSES = { lossy: 1e-4, other: 1e-8 } as const;
/** Milliseconds by which polls come late at most. */
export const JITTER_MS = 40;
/** Part of the bytes and packets that takes the fast path. */
export const FAST_PATH = 0.92;
/** Keeps hashes of routers apart from those of ports. */
export const ROUTER_KEYS = 1_000_000_000;
export const SEED_KEYS = 4_000_000_000;

const MASK = (1n << 64n) - 1n;

/** ClickHouse's intHash64: a salt and the finalizer of MurmurHash3. Source: src/Functions/FunctionsHashing.h, IntHash64Impl. */
export function intHash64(x: bigint): bigint {
  let h = (x ^ 0x4cf2d2baae6da887n) & MASK;
  h ^= h >> 33n;
  h = (h * 0xff51afd7ed558ccdn) & MASK;
  h ^= h >> 33n;
  h = (h * 0xc4ceb9fe1a85ec53n) & MASK;
  return h ^ (h >> 33n);
}

function bits(hash: bigint, shift: number, width: number): number {
  return Number((hash >> BigInt(shift)) & ((1n << BigInt(width)) - 1n));
}

/** Seconds since the origin of the set's counters. */
export function secondsOf(plan: SetPlan, ms: number): number {
  return (ms - startMs(plan)) / 1000 + HEAD_START_S;
}

/** When a poll of the slot that begins at slotMs starts. */
export function pollMs(plan: SetPlan, router: number, slotMs: number, intervalMs: number): number {
  const place = router % plan.routersPerSite;
  const late = intHash64(BigInt(plan.seed * SEED_KEYS + ROUTER_KEYS + router) ^ BigInt(slotMs / 1000)) % BigInt(JITTER_MS);
  return slotMs + Math.floor((place * intervalMs) / plan.routersPerSite) + Number(late);
}

export interface PortTraffic {
  readonly rxRate: number;
  readonly txRate: number;
  readonly rxSize: number;
  readonly txSize: number;
  readonly loss: number;
  readonly phase: number;
  readonly idle: boolean;
  readonly hash: bigint;
}

/** What is constant about a port. Rates in bytes/s, sizes in bytes per packet. */
export function portTraffic(plan: SetPlan, router: number, port: number): PortTraffic {
  const hash = intHash64(BigInt(plan.seed * SEED_KEYS + router * 10 + port));
  const idle = bits(hash, 0, 8) < IDLE_OF_256;
  const rxRate = idle ? 0 : 10 ** (2 + (5.5 * bits(hash, 8, 16)) / 65_536);
  return {
    hash,
    idle,
    rxRate,
    txRate: rxRate * (0.1 + (0.9 * bits(hash, 24, 8)) / 256),
    rxSize: 200 + (1100 * bits(hash, 32, 8)) / 256,
    txSize: 200 + (1100 * bits(hash, 40, 8)) / 256,
    loss: bits(hash, 48, 8) < LOSSY_OF_256 ? LOSSES.lossy : LOSSES.other,
    phase: (2 * Math.PI * bits(hash, 56, 8)) / 256,
  };
}

/** Second of the router's only boot within the set, or 0. */
export function bootS(plan: SetPlan, router: number): number {
  const hash = intHash64(BigInt(plan.seed * SEED_KEYS + ROUTER_KEYS + router));
  if (bits(hash, 0, 8) >= BOOTING_OF_256) return 0;
  return HEAD_START_S + Math.floor((bits(hash, 8, 16) * plan.days * 86_400) / 65_536);
}

function shape(s: number, phase: number): number {
  return WAVES.reduce((sum, { periodS, swing }) => {
    const omega = (2 * Math.PI) / periodS;
    return sum + (swing / omega) * Math.sin(omega * s + phase);
  }, s);
}

export interface Counters {
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxDrops: number;
  readonly txDrops: number;
  readonly txQueueDrops: number;
  readonly rxErrors: number;
  readonly txErrors: number;
}

/** A port with what is constant about it worked out. */
export interface Port {
  /** The counters that the poll of a slot reads. */
  countersAt(slotMs: number, intervalMs: number): Counters;
  readonly traffic: PortTraffic;
}

export function createPort(plan: SetPlan, router: number, port: number): Port {
  const traffic = portTraffic(plan, router, port);
  const { rxRate, txRate, rxSize, txSize, loss, phase, hash } = traffic;
  const boot = bootS(plan, router);
  const volumeBefore = shape(0, phase);
  const volumeAtBoot = shape(boot, phase);
  return {
    traffic,
    countersAt(slotMs, intervalMs) {
      const s = secondsOf(plan, pollMs(plan, router, slotMs, intervalMs));
      const volume = shape(s, phase) - (s >= boot ? volumeAtBoot : volumeBefore);
      const noise = intHash64(hash ^ BigInt(slotMs / 1000));
      const low = Number(noise & 0xffff_ffffn);
      const high = Number(noise >> 32n);
      const spread = (NOISE * intervalMs) / 1000 / 65_536;
      const rxPackets = (rxRate / rxSize) * (volume + spread * (high % 65_536));
      const txPackets = (txRate / txSize) * (volume + spread * Math.floor(high / 65_536));
      return {
        rxBytes: Math.floor(rxRate * (volume + spread * (low % 65_536))),
        txBytes: Math.floor(txRate * (volume + spread * Math.floor(low / 65_536))),
        rxPackets: Math.floor(rxPackets),
        txPackets: Math.floor(txPackets),
        rxDrops: Math.floor(rxPackets * loss),
        txDrops: Math.floor((txPackets * loss) / 2),
        txQueueDrops: Math.floor(txPackets * loss * 2),
        rxErrors: Math.floor((rxPackets * loss) / 10),
        txErrors: Math.floor((txPackets * loss) / 50),
      };
    },
  };
}
