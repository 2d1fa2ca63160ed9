/** What one router said of one menu at one poll of one agent: a query per stored table, all with the same parameters. */
import { z } from 'zod';
import {
  BgpPeer,
  EthernetPort,
  Modem,
  Neighbor,
  OspfNeighbor,
  PoePort,
  Queue,
  Radio,
  RouterClock,
  W60gLink,
  WatchedHost,
} from '../table-schemas.ts';
import { timeBounds } from './bounds.ts';
import { CLOCK_STATE } from './clock-state.ts';
import { RATE_MAX_BPS } from './current-rates.ts';
import { defineQuery, type Query } from './query.ts';

const params = z.object({
  site: z.string(),
  router: z.string(),
  agent: z.string(),
  poll_ms: z.number(),
  /** Start of the answer before, for rates; poll_ms when there are none to be had. */
  previous_ms: z.number(),
});

/** A stored table as the API shows it, and the collector that fills it. */
export interface RouterTable<Row extends z.ZodType> {
  /** Name of the collector in the agent's configuration. */
  readonly collector: string;
  readonly query: Query<typeof params, Row>;
}

interface TableSource<Row extends z.ZodObject> {
  readonly table: string;
  readonly collector: string;
  readonly row: Row;
  readonly order: string;
  /** Columns of the answer that are not columns of the table: their SQL. */
  readonly computed?: Readonly<Record<string, string>>;
  /** Instead of the table itself: what to select from, as t. */
  readonly from?: string;
}

const BOOLEAN = (column: string) => `CAST(${column}, 'Nullable(Bool)')`;
const ADDRESS = (column: string) => `if(${column} IS NULL, NULL, MACNumToString(assumeNotNull(${column})))`;

const OF_ROUTER = 'site = {site:String} AND router = {router:String} AND agent = {agent:String}';

/** The columns are the row's fields, so that answer and schema cannot differ. */
function routerTable<Row extends z.ZodObject>(source: TableSource<Row>): RouterTable<Row> {
  const { table, collector, row, order, computed = {}, from = `${table} AS t FINAL` } = source;
  // Qualified, because an alias of the same name would otherwise take its place in conditions.
  const columns = Object.keys(row.shape).map((name) => {
    const sql = computed[name];
    return sql === undefined ? `t.${name} AS ${name}` : `${sql} AS ${name}`;
  });
  return {
    collector,
    query: defineQuery({
      name: `router_${table}`,
      sql: `
SELECT ${columns.join(', ')}
FROM ${from}
WHERE ${OF_ROUTER}
  AND ${timeBounds('{poll_ms:Int64}', '{poll_ms:Int64} + 1')}
ORDER BY ${order}`,
      params,
      row,
    }),
  };
}

export const ethernetPorts = routerTable({
  table: 'ethernet_ports',
  collector: 'ethernet',
  row: EthernetPort,
  order: 'interface',
  computed: {
    speed_bps: 't.rate_bps',
    full_duplex: BOOLEAN('t.full_duplex'),
    module_present: BOOLEAN('t.module_present'),
    module_rx_loss: BOOLEAN('t.module_rx_loss'),
    module_tx_fault: BOOLEAN('t.module_tx_fault'),
  },
});

export const poePorts = routerTable({ table: 'poe_ports', collector: 'poe', row: PoePort, order: 'interface' });

export const radios = routerTable({
  table: 'radios',
  collector: 'radios',
  row: Radio,
  order: 'interface',
  computed: { mac: ADDRESS('t.mac'), running: BOOLEAN('t.running'), disabled: BOOLEAN('t.disabled') },
});

export const modems = routerTable({
  table: 'modems',
  collector: 'modems',
  row: Modem,
  order: 'interface',
  computed: { roaming: BOOLEAN('t.roaming') },
});

export const w60gLinks = routerTable({
  table: 'w60g_links',
  collector: 'w60g',
  row: W60gLink,
  order: 'interface',
  computed: { connected: BOOLEAN('t.connected'), remote_mac: ADDRESS('t.remote_mac') },
});

export const neighbors = routerTable({
  table: 'neighbors',
  collector: 'neighbors',
  row: Neighbor,
  order: 'interface, identity, t.mac, port',
  computed: { mac: 'MACNumToString(t.mac)' },
});

export const bgpPeers = routerTable({
  table: 'bgp_peers',
  collector: 'bgp',
  row: BgpPeer,
  order: 'peer, remote_address',
  computed: { established: BOOLEAN('t.established'), disabled: BOOLEAN('t.disabled') },
});

export const ospfNeighbors = routerTable({
  table: 'ospf_neighbors',
  collector: 'ospf',
  row: OspfNeighbor,
  order: 'instance, interface, address, router_id',
});

export const watchedHosts = routerTable({
  table: 'netwatch_hosts',
  collector: 'netwatch',
  row: WatchedHost,
  order: 'host, type, name',
  computed: { disabled: BOOLEAN('t.disabled') },
});

export const clock = routerTable({
  table: 'router_clocks',
  collector: 'clock',
  row: RouterClock,
  order: 't.ts',
  computed: { state: CLOCK_STATE, round_trip_ms: 't.round_trip_us / 1000' },
});

/** One direction's rate; NULL where a counter went backwards or the rate is not to be believed. */
function queueRate(bytes: string, before: string): string {
  const bps = `toUInt64(t.${bytes} - t.${before}) * 8000. / t.dt`;
  return `if(t.dt > 0 AND t.${bytes} >= t.${before} AND ${bps} <= ${RATE_MAX_BPS}, ${bps}, NULL)`;
}

export const queues = routerTable({
  table: 'queues',
  collector: 'queues',
  row: Queue,
  order: 'queue',
  from: `(
  SELECT *, toUnixTimestamp64Milli(ts) - lagInFrame(toUnixTimestamp64Milli(ts)) OVER prev AS dt,
    lagInFrame(upload_bytes) OVER prev AS upload0, lagInFrame(download_bytes) OVER prev AS download0
  FROM queues FINAL
  WHERE ${OF_ROUTER} AND toUnixTimestamp64Milli(ts) IN ({previous_ms:Int64}, {poll_ms:Int64})
    AND ${timeBounds('{previous_ms:Int64}', '{poll_ms:Int64} + 1')}
  WINDOW prev AS (PARTITION BY queue, baseline ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)) AS t`,
  computed: {
    disabled: BOOLEAN('t.disabled'),
    dynamic: BOOLEAN('t.dynamic'),
    invalid: BOOLEAN('t.invalid'),
    upload_bps: queueRate('upload_bytes', 'upload0'),
    download_bps: queueRate('download_bytes', 'download0'),
  },
});
