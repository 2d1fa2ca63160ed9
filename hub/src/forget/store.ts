/** Taking the newest values of what is gone out of ClickHouse. Every method throws StoreError, or the signal's reason. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { type Cluster, storedName } from '../clickhouse/cluster.ts';
import { createStatements } from '../clickhouse/statements.ts';
import { asStoreError } from '../clickhouse/store-error.ts';

/** What is to be forgotten: a site, a router of it, or an agent and what only that polled. */
export type Gone =
  | { readonly site: string; readonly router?: string | undefined; readonly agent?: never }
  | { readonly agent: string; readonly site?: never; readonly router?: never };

/** What is known of it. */
export interface Known {
  readonly routers: number;
  /** When something of it came last, Unix ms. */
  readonly heardMs: number;
}

const known = z.object({ routers: z.coerce.number(), heard_ms: z.coerce.number() });

const KNOWN_AGENT = `
SELECT (SELECT uniqExact(site, router) FROM polls_latest FINAL WHERE agent = {agent:String}) AS routers, toUnixTimestamp64Milli(received_at) AS heard_ms
FROM agents_latest FINAL
WHERE agent = {agent:String}`;
const knownRouters = (condition: string): string => `
SELECT uniqExact(site, router) AS routers, toUnixTimestamp64Milli(max(ts)) AS heard_ms
FROM polls_latest FINAL
WHERE ${condition}
HAVING routers > 0`;

/** Tables that say of a router what it was at last: the fleet is what stands in `polls_latest`. */
const OF_ROUTERS = [
  'polls_latest',
  'polls_answered_latest',
  'device_latest',
  'identity_latest',
  'board_latest',
  'link_speed_latest',
] as const;
const OF_AGENTS = ['polls_latest', 'agents_latest'] as const;

export function createForgetStore(client: ClickHouseClient, database: string, cluster?: Cluster) {
  const statements = createStatements(client, database);

  return {
    /** Undefined: nothing is known of it. */
    async known(gone: Gone, signal: AbortSignal): Promise<Known | undefined> {
      const { sql, params } = conditionOf(gone);
      const [found] = await statements.rows(gone.agent === undefined ? knownRouters(sql) : KNOWN_AGENT, params, known, signal);
      return found === undefined ? undefined : { routers: found.routers, heardMs: found.heard_ms };
    },

    /** Takes its newest values away. What comes of it later is there again. */
    async forget(gone: Gone, signal: AbortSignal): Promise<void> {
      const { sql, params } = conditionOf(gone);
      for (const table of gone.agent === undefined ? OF_ROUTERS : OF_AGENTS) {
        try {
          await client.command({
            query: `ALTER TABLE ${storedName(table, cluster)} DELETE WHERE ${sql}`,
            query_params: params,
            // Done, on every replica, when the answer comes.
            clickhouse_settings: { mutations_sync: '2' },
            abort_signal: signal,
          });
        } catch (error) {
          signal.throwIfAborted();
          throw asStoreError(error);
        }
      }
    },
  };
}

function conditionOf({ site, router, agent }: Gone): { readonly sql: string; readonly params: Record<string, string> } {
  if (agent !== undefined) return { sql: 'agent = {agent:String}', params: { agent } };
  if (router === undefined) return { sql: 'site = {site:String}', params: { site } };
  return { sql: 'site = {site:String} AND router = {router:String}', params: { site, router } };
}
