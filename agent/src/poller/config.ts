import type { CollectorName } from '../collectors/collector.ts';
import type { RouterAddress, SessionDeadlines } from './router-client.ts';

/** One router to poll. (site, name) is its identity in everything stored. */
export interface RouterTarget extends RouterAddress {
  readonly site: string;
  readonly name: string;
}

export interface CollectorSetting {
  readonly enabled: boolean;
  /** Between two runs on one router, to the nearest visit, milliseconds; of the first two less. */
  readonly intervalMs: number;
}

/** What reading a router may cost it. The collectors `interface` and `resource` are not bound by this. */
export interface LoadLimits {
  /** Part of the time that the runs of one collector may take on one router, percent. */
  readonly shareMaxPct: number;
  /** Longest run of a collector, milliseconds. */
  readonly runMaxMs: number;
  /** Load of the router's CPU beyond which expensive collectors pause, percent. */
  readonly routerCpuMaxPct: number;
}

export interface PollerConfig {
  /** Random name of this process run; baselines start from it. */
  readonly epoch: bigint;
  /** Between two visits to one router, milliseconds. */
  readonly intervalMs: number;
  readonly deadlines: SessionDeadlines;
  /** Most visits at once. */
  readonly concurrency: number;
  readonly collectors: Readonly<Record<CollectorName, CollectorSetting>>;
  readonly load: LoadLimits;
  readonly routers: readonly RouterTarget[];
}
