import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/** The column of `polls` that counts a collector's rows, for those that have rows of their own. */
const ROWS = {
  interface: 'interface_rows',
  resource: 'device_rows',
  radio_clients: 'radio_client_rows',
  sensors: 'sensor_rows',
  cpu_cores: 'cpu_core_rows',
  identity: 'identity_rows',
  boards: 'board_rows',
  packages: 'package_rows',
  package_update: 'package_update_rows',
  ethernet: 'ethernet_port_rows',
  poe: 'poe_port_rows',
  radios: 'radio_rows',
  modems: 'modem_rows',
  w60g: 'w60g_link_rows',
  neighbors: 'neighbor_rows',
  queues: 'queue_rows',
  bgp: 'bgp_peer_rows',
  ospf: 'ospf_neighbor_rows',
  netwatch: 'netwatch_host_rows',
  clock: 'router_clock_rows',
};

const ROWS_OF = `multiIf(${Object.entries(ROWS)
  .map(([collector, column]) => `collector = '${collector}', toNullable(${column})`)
  .join(', ')}, NULL)`;

/** The two newest polls within a range in which one router answered all of a collector, newest first; per collector. */
export const collectorAnswers = defineQuery({
  name: 'collector_answers',
  sql: `
SELECT collector, arrayMap(a -> (-a.1, a.2, a.3.1), groupArraySorted(2)((-toUnixTimestamp64Milli(ts), agent, tuple(${ROWS_OF})))) AS newest
FROM polls FINAL
ARRAY JOIN collectors AS collector
WHERE site = {site:String} AND router = {router:String}
  AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
GROUP BY collector
ORDER BY collector`,
  params: z.object({ site: z.string(), router: z.string(), from_ms: z.number(), to_ms: z.number() }),
  row: z.object({
    collector: z.string(),
    newest: z.array(z.tuple([z.number(), z.string(), z.number().nullable()])).describe('ms, agent, rows'),
  }),
});
