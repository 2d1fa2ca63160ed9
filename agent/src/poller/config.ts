import type { CollectorName } from '../collectors/collector.ts';
import type { RouterAddress, SessionDeadlines } from './router-client.ts';

/** One router to poll. (site, name) is its identity in everything stored. */
export interface RouterTarget extends RouterAddress {
  readonly site: string;
  readonly name: string;
}

export interface CollectorSetting {
  readonly enabled: boolean;
  /** At least this long between two runs on one router, to the nearest visit, milliseconds. */
  readonly intervalMs: number;
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
  readonly routers: readonly RouterTarget[];
}
