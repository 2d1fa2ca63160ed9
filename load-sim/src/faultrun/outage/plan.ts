/** A long outage: what is away, and when. */

/**
 * `hub`: killed, its port refuses. `clickhouse`: stopped, its port refuses; the hub goes on. `clickhouse_hang`: takes requests and
 * answers none, as behind a network that loses everything.
 */
export const OUTAGE_KINDS = ['hub', 'clickhouse', 'clickhouse_hang'] as const;
export type OutageKind = (typeof OUTAGE_KINDS)[number];

export interface OutagePlan {
  readonly kind: OutageKind;
  readonly forMs: number;
}

/** The parts of a run; but for `forMs` times since all parts run, ms. */
export interface OutageTimes {
  /** What is normal is measured from here to the outage: by then every session stands and every collector has run. */
  readonly settledMs: number;
  readonly downMs: number;
  /** How long the part is away. */
  readonly forMs: number;
  readonly endMs: number;
}

/** The outage is in the middle of the run. */
export function timesOf({ forMs }: OutagePlan, runMs: number): OutageTimes {
  const downMs = Math.floor((runMs - forMs) / 2);
  return { settledMs: Math.floor(downMs / 2), downMs, forMs, endMs: runMs };
}
