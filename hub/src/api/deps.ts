import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';
import type { AlertSettings } from '../alerts/config.ts';
import type { Cluster } from '../clickhouse/cluster.ts';
import type { HubStatus } from '../ingest/status.ts';
import type { RetentionFloors } from '../retention/floors.ts';
import type { Fleet } from './fleet.ts';
import type { Reader } from './reader.ts';

/** What the API needs from the hub. */
export interface ApiDeps {
  readonly clickhouse: ClickHouseClient;
  readonly database: string;
  /** Where several servers hold the tables. */
  readonly cluster?: Cluster | undefined;
  /** True when ClickHouse is the engine inside the hub. */
  readonly embedded: boolean;
  /** Given to share one reading with the live feed; otherwise the API reads for itself. */
  readonly fleet?: Fleet | undefined;
  /** How long rows are kept; without it for ever. */
  readonly floors?: RetentionFloors | undefined;
  /** The hub's wall clock, Unix ms. */
  readonly now: () => number;
  readonly version: string;
  readonly startedAtMs: number;
  readonly status: HubStatus;
  /** Folder of the viewer's built files. */
  readonly webFolder: string;
  /** The hub's metrics in Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  /** What is evaluated, and who hears of it; undefined where alerts are off. */
  readonly alerts?: Pick<AlertSettings, 'book' | 'interests' | 'receivers'> | undefined;
  /** Host names that requests may carry besides loopback ones. */
  readonly allowedHosts: readonly string[];
  readonly log: Logger;
}

/** The same for a route, with queries bounded. */
export interface RouteDeps extends ApiDeps {
  readonly fleet: Fleet;
  readonly reader: Reader;
}
