/** The truth of every table, by its name in ClickHouse. */

import { BGP_PEERS } from './bgp-peers.ts';
import { ETHERNET_PORTS } from './ethernet-ports.ts';
import { INTERFACE_COUNTERS } from './interfaces.ts';
import { MODEMS } from './modems.ts';
import { NEIGHBORS } from './neighbors.ts';
import { NETWATCH_HOSTS } from './netwatch-hosts.ts';
import { OSPF_NEIGHBORS } from './ospf-neighbors.ts';
import { POE_PORTS } from './poe-ports.ts';
import { QUEUES } from './queues.ts';
import { RADIO_CLIENTS } from './radio-clients.ts';
import { RADIOS } from './radios.ts';
import { ROUTER_CLOCKS } from './router-clocks.ts';
import { BOARDS, CPU_CORES, DEVICE_RESOURCES, PACKAGE_UPDATES, PACKAGES, ROUTER_IDENTITIES, SENSORS } from './system.ts';
import { TABLE_COUNTS } from './table-counts.ts';
import type { TableTruth } from './table-truth.ts';
import { W60G_LINKS } from './w60g-links.ts';

const TRUTHS = {
  interface_counters: INTERFACE_COUNTERS,
  device_resources: DEVICE_RESOURCES,
  router_identities: ROUTER_IDENTITIES,
  radio_clients: RADIO_CLIENTS,
  sensors: SENSORS,
  boards: BOARDS,
  cpu_cores: CPU_CORES,
  packages: PACKAGES,
  package_updates: PACKAGE_UPDATES,
  neighbors: NEIGHBORS,
  table_counts: TABLE_COUNTS,
  queues: QUEUES,
  bgp_peers: BGP_PEERS,
  ospf_neighbors: OSPF_NEIGHBORS,
  netwatch_hosts: NETWATCH_HOSTS,
  ethernet_ports: ETHERNET_PORTS,
  poe_ports: POE_PORTS,
  radios: RADIOS,
  modems: MODEMS,
  w60g_links: W60G_LINKS,
  router_clocks: ROUTER_CLOCKS,
} satisfies Record<string, TableTruth>;

/** A table whose rows come from replies. */
export type RowTable = keyof typeof TRUTHS;

export const TABLE_TRUTHS: Readonly<Record<RowTable, TableTruth>> = TRUTHS;

function isRowTable(name: string): name is RowTable {
  return Object.hasOwn(TRUTHS, name);
}

export const ROW_TABLES: readonly RowTable[] = Object.keys(TRUTHS).filter(isRowTable);

/** A value for every table of `tables`. */
export function perTable<T extends string, V>(tables: readonly T[], valueOf: (table: T) => V): Record<T, V> {
  const complete = (record: Readonly<Record<string, V>>): record is Record<T, V> =>
    tables.every((table) => Object.hasOwn(record, table));
  const record: Record<string, V> = Object.fromEntries(tables.map((table) => [table, valueOf(table)]));
  if (!complete(record)) throw new Error('BUG: a table has no value');
  return record;
}
