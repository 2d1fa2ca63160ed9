import type { RouterState, RouterSummary } from '@poplar/hub/api/schemas';

/** What the feed says about a router: the part of its summary that moves. */
export type RouterChange = Pick<
  RouterSummary,
  | 'site'
  | 'router'
  | 'state'
  | 'polled_at_ms'
  | 'outcome'
  | 'error'
  | 'cpu_load_pct'
  | 'memory_used_ratio'
  | 'uptime_ms'
  | 'rx_bps'
  | 'tx_bps'
  | 'radio_clients'
>;

/** What the feed says about a port of the router that is watched. */
export interface PortChange {
  readonly interface: string;
  readonly running: boolean | null;
  readonly disabled: boolean | null;
  readonly polled_at_ms: number;
  readonly rx_bps: number | null;
  readonly tx_bps: number | null;
}

/** Whole-fleet figures. */
export interface FleetFigures {
  readonly states: Readonly<Record<RouterState, number>>;
  readonly rowsPerSecond: number;
  readonly rxBps: number | null;
  readonly txBps: number | null;
}

/** One message of the live feed, in the viewer's terms. */
export interface FeedMessage {
  readonly hubTimeMs: number;
  readonly snapshot: boolean;
  readonly routers: readonly RouterChange[];
  readonly ports: readonly PortChange[];
  readonly fleet: FleetFigures | null;
}

/** What is watched: the fleet in brief, or one router with its ports. */
export interface FeedScope {
  readonly site: string;
  readonly router: string;
}

export const FLEET: FeedScope = { site: '', router: '' };
