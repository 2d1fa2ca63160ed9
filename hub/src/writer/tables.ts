/**
 * Which column of which table comes from where. Names and types repeat the migrations; an integration test inserts every
 * table into the real schema and reads it back.
 */
import { FAMILIES, type FamilySpec } from '@poplar/proto/families';
import { columnHead } from './native.ts';

/** Where the values of a table's column come from. `wire` names a column of the family, `poll` one of the row's poll. */
export type Source =
  | { readonly from: 'wire'; readonly column: string }
  | { readonly from: 'poll'; readonly column: string }
  | { readonly from: 'batch'; readonly field: 'agent' | 'rank' | 'epoch' | 'sequence' }
  /** The poll's baseline plus the row's generation, where the family has one. */
  | { readonly from: 'baseline' };

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly source: Source;
  /** What stands before its data in a block. */
  readonly head: Uint8Array;
  /** Is a LowCardinality(String); every other column is of fixed width. */
  readonly text: boolean;
}

export interface TableSpec {
  readonly table: string;
  readonly family: FamilySpec;
  readonly columns: readonly TableColumn[];
}

const TEXT = 'LowCardinality(String)';
const TS = "DateTime64(3, 'UTC')";

/** The values of Enum8 `outcome` as the migration declares them; the numbers are those of PollOutcome. */
const OUTCOME =
  "Enum8('ok' = 1, 'partial' = 2, 'refused' = 3, 'timeout' = 4, 'auth' = 5, 'closed' = 6, 'protocol' = 7, " +
  "'permission' = 8, 'tls' = 9, 'unreachable' = 10, 'overrun' = 11, 'max_sessions' = 12)";

const IDENTITY: readonly TableColumn[] = [
  tableColumn('ts', TS, { from: 'poll', column: 'ts_ms' }),
  tableColumn('site', TEXT, { from: 'poll', column: 'site_symbol' }),
  tableColumn('router', TEXT, { from: 'poll', column: 'router_symbol' }),
  tableColumn('agent', TEXT, { from: 'batch', field: 'agent' }),
  tableColumn('rank', 'UInt64', { from: 'batch', field: 'rank' }),
];

const BASELINE = tableColumn('baseline', 'UInt64', { from: 'baseline' });

const TYPE_OF_KIND = { u8: 'UInt8', u32: 'UInt32', i32: 'Int32', u64: 'UInt64', i64: 'Int64', f64: 'Float64' } as const;

function tableColumn(name: string, type: string, source: Source): TableColumn {
  return { name, type, source, head: columnHead(name, type), text: type === TEXT };
}

/** The family's own columns, under their wire names without `_symbol`. */
function own(family: FamilySpec, except: readonly string[] = []): TableColumn[] {
  return family.columns
    .filter((column) => !except.includes(column.name))
    .map((column) => {
      const plain = TYPE_OF_KIND[column.kind];
      const type = column.symbol ? TEXT : column.nullsField === undefined ? plain : `Nullable(${plain})`;
      return tableColumn(column.name.replace(/_symbol$/, ''), type, { from: 'wire', column: column.name });
    });
}

function table(name: string, family: FamilySpec): TableSpec {
  return { table: name, family, columns: [...IDENTITY, ...own(family)] };
}

/** A table whose counters compare only within a baseline. */
function counterTable(name: string, family: FamilySpec): TableSpec {
  return { table: name, family, columns: [...IDENTITY, BASELINE, ...own(family, ['generation'])] };
}

/** Tables whose rows belong to polls: written before `polls`. */
export const ROW_TABLES: readonly TableSpec[] = [
  counterTable('interface_counters', FAMILIES.interfaces),
  table('device_resources', FAMILIES.devices),
  table('router_identities', FAMILIES.identities),
  counterTable('radio_clients', FAMILIES.radioClients),
  table('sensors', FAMILIES.sensors),
  table('boards', FAMILIES.boards),
  table('cpu_cores', FAMILIES.cpuCores),
  table('packages', FAMILIES.packages),
  table('package_updates', FAMILIES.packageUpdates),
  counterTable('ethernet_ports', FAMILIES.ethernetPorts),
  table('poe_ports', FAMILIES.poePorts),
  table('radios', FAMILIES.radios),
  table('modems', FAMILIES.modems),
  table('w60g_links', FAMILIES.w60gLinks),
  table('neighbors', FAMILIES.neighbors),
  table('table_counts', FAMILIES.tableCounts),
  counterTable('queues', FAMILIES.queues),
  counterTable('bgp_peers', FAMILIES.bgpPeers),
  table('ospf_neighbors', FAMILIES.ospfNeighbors),
  table('netwatch_hosts', FAMILIES.netwatchHosts),
  table('collector_states', FAMILIES.collectorStates),
  table('router_clocks', FAMILIES.routerClocks),
];

export const POLL_TABLE: TableSpec = {
  table: 'polls',
  family: FAMILIES.polls,
  columns: [
    ...IDENTITY,
    tableColumn('epoch', 'UInt64', { from: 'batch', field: 'epoch' }),
    tableColumn('sequence', 'UInt64', { from: 'batch', field: 'sequence' }),
    BASELINE,
    tableColumn('outcome', OUTCOME, { from: 'wire', column: 'outcome' }),
    ...own(FAMILIES.polls, ['ts_ms', 'site_symbol', 'router_symbol', 'baseline', 'outcome']),
  ],
};
