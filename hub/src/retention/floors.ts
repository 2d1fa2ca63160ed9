import { type RetentionDays, TIERS, type Tier } from './tiers.ts';

/** From when on the rows of each tier are kept, as this hub knows it. */
export interface RetentionFloors {
  readonly days: RetentionDays;
  /** Unix ms; 0 when nothing has ever expired. Never falls: a longer retention brings nothing back. */
  ms(tier: Tier): number;
  /** A floor that this hub or another has put on record. */
  learn(tier: Tier, floorMs: number): void;
}

export const KEEP_ALL: RetentionDays = {
  raw: null,
  polls: null,
  rollup_5m: null,
  rollup_1h: null,
  rollup_1d: null,
  events: null,
};

export function createRetentionFloors(days: RetentionDays): RetentionFloors {
  const highest = new Map<Tier, number>(TIERS.map((tier) => [tier, 0]));
  return {
    days,
    learn: (tier, floorMs) => void highest.set(tier, Math.max(highest.get(tier) ?? 0, floorMs)),
    ms: (tier) => highest.get(tier) ?? 0,
  };
}
