/**
 * The table families of a batch, described once: every column's field number, width and meaning is read from the
 * generated descriptors, so that codec, validation and storage can never disagree with the .proto files.
 */
import { type DescField, type DescMessage, type MessageShape, ScalarType } from '@bufbuild/protobuf';
import {
  type BatchPayload,
  BatchPayloadSchema,
  BgpPeerColumnsSchema,
  BoardColumnsSchema,
  CollectorStateColumnsSchema,
  CpuCoreColumnsSchema,
  DeviceColumnsSchema,
  EthernetPortColumnsSchema,
  IdentityColumnsSchema,
  InterfaceColumnsSchema,
  ModemColumnsSchema,
  NeighborColumnsSchema,
  NetwatchHostColumnsSchema,
  OspfNeighborColumnsSchema,
  PackageColumnsSchema,
  PackageUpdateColumnsSchema,
  PoePortColumnsSchema,
  PollColumnsSchema,
  QueueColumnsSchema,
  RadioClientColumnsSchema,
  RadioColumnsSchema,
  RouterClockColumnsSchema,
  SensorColumnsSchema,
  TableCountColumnsSchema,
  W60gLinkColumnsSchema,
} from './gen/poplar/telemetry/v1/payload_pb.ts';

/** The generated message of each family. */
export const FAMILY_SCHEMAS = {
  polls: PollColumnsSchema,
  interfaces: InterfaceColumnsSchema,
  devices: DeviceColumnsSchema,
  identities: IdentityColumnsSchema,
  radioClients: RadioClientColumnsSchema,
  sensors: SensorColumnsSchema,
  boards: BoardColumnsSchema,
  cpuCores: CpuCoreColumnsSchema,
  packages: PackageColumnsSchema,
  packageUpdates: PackageUpdateColumnsSchema,
  ethernetPorts: EthernetPortColumnsSchema,
  poePorts: PoePortColumnsSchema,
  radios: RadioColumnsSchema,
  modems: ModemColumnsSchema,
  w60gLinks: W60gLinkColumnsSchema,
  neighbors: NeighborColumnsSchema,
  tableCounts: TableCountColumnsSchema,
  queues: QueueColumnsSchema,
  bgpPeers: BgpPeerColumnsSchema,
  ospfNeighbors: OspfNeighborColumnsSchema,
  netwatchHosts: NetwatchHostColumnsSchema,
  collectorStates: CollectorStateColumnsSchema,
  routerClocks: RouterClockColumnsSchema,
} as const;

/** How one value of a column lies in memory, little endian. */
export type ColumnKind = 'u8' | 'u32' | 'i32' | 'u64' | 'i64' | 'f64';

/** One column of a family. `name` is the field's name in the .proto file, `key` its name in rows. */
export interface ColumnSpec {
  readonly name: string;
  readonly key: string;
  readonly field: number;
  readonly kind: ColumnKind;
  /** Bytes per value. */
  readonly width: 1 | 4 | 8;
  /** Field number of the null map; undefined when the column cannot be absent. */
  readonly nullsField: number | undefined;
  /** True when values index the batch's symbols. */
  readonly symbol: boolean;
}

export interface FamilySpec {
  readonly name: FamilyName;
  /** Field number in BatchPayload. */
  readonly field: number;
  readonly columns: readonly ColumnSpec[];
  /** Position of a column in `columns`, by name. */
  readonly positions: ReadonlyMap<string, number>;
  /** By field number: twice the position of the column whose values it holds, one more for a null map. */
  readonly slots: ReadonlyMap<number, number>;
}

export type FamilyName = keyof typeof FAMILY_SCHEMAS;
/** Families whose rows belong to polls. */
export type RowFamilyName = Exclude<FamilyName, 'polls'>;

type Messages = { [F in FamilyName]: MessageShape<(typeof FAMILY_SCHEMAS)[F]> };

/** A number, or a bigint where a 64-bit value exceeds 2^53 − 1. Booleans count as 0 and 1. */
export type Value = number | bigint | boolean;

/** One row of a columns message: symbols are strings, columns with a null map may be undefined (not reported). */
export type Row<M> = {
  readonly [K in keyof M as K extends `${string}Nulls` | '$typeName' | '$unknown'
    ? never
    : K extends `${infer Base}Symbol`
      ? Base
      : K]: K extends `${string}Symbol` ? string : `${K & string}Nulls` extends keyof M ? Value | undefined : Value;
};

export type RowOf<F extends FamilyName> = Row<Messages[F]>;
export type InterfaceRow = RowOf<'interfaces'>;
export type DeviceRow = RowOf<'devices'>;
export type IdentityRow = RowOf<'identities'>;
export type RadioClientRow = RowOf<'radioClients'>;
export type SensorRow = RowOf<'sensors'>;
export type BoardRow = RowOf<'boards'>;

const KINDS: Partial<Record<ScalarType, { kind: ColumnKind; width: 1 | 4 | 8 }>> = {
  [ScalarType.FIXED64]: { kind: 'u64', width: 8 },
  [ScalarType.FIXED32]: { kind: 'u32', width: 4 },
  [ScalarType.SFIXED32]: { kind: 'i32', width: 4 },
  [ScalarType.SFIXED64]: { kind: 'i64', width: 8 },
  [ScalarType.DOUBLE]: { kind: 'f64', width: 8 },
  [ScalarType.BYTES]: { kind: 'u8', width: 1 },
};

function columnsOf(message: DescMessage): ColumnSpec[] {
  const byName = new Map(message.fields.map((field) => [field.name, field]));
  return message.fields
    .filter((field) => !field.name.endsWith('_nulls'))
    .map((field) => {
      const layout = KINDS[scalarOf(field)];
      if (layout === undefined) throw new Error(`BUG: ${field.name} is not a column type`);
      return {
        name: field.name,
        key: field.localName.replace(/Symbol$/, ''),
        field: field.number,
        ...layout,
        nullsField: byName.get(`${field.name}_nulls`)?.number,
        symbol: field.name.endsWith('_symbol'),
      };
    });
}

function scalarOf(field: DescField): ScalarType {
  if (field.fieldKind === 'list' && field.listKind === 'scalar' && field.packed) return field.scalar;
  if (field.fieldKind === 'scalar' && field.scalar === ScalarType.BYTES) return field.scalar;
  throw new Error(`BUG: ${field.name} is neither a packed list nor bytes`);
}

function family(name: FamilyName): FamilySpec {
  const columns = columnsOf(FAMILY_SCHEMAS[name]);
  const slots = columns.flatMap(({ field, nullsField }, position): [number, number][] => [
    [field, 2 * position],
    ...(nullsField === undefined ? [] : [[nullsField, 2 * position + 1] satisfies [number, number]]),
  ]);
  return {
    name,
    field: BatchPayloadSchema.field[name satisfies keyof BatchPayload].number,
    columns,
    positions: new Map(columns.map((column, position) => [column.name, position])),
    slots: new Map(slots),
  };
}

/** A value for every family whose rows belong to polls. */
export function perRowFamily<T>(valueOf: (family: RowFamilyName) => T): Record<RowFamilyName, T> {
  return {
    interfaces: valueOf('interfaces'),
    devices: valueOf('devices'),
    identities: valueOf('identities'),
    radioClients: valueOf('radioClients'),
    sensors: valueOf('sensors'),
    boards: valueOf('boards'),
    cpuCores: valueOf('cpuCores'),
    packages: valueOf('packages'),
    packageUpdates: valueOf('packageUpdates'),
    ethernetPorts: valueOf('ethernetPorts'),
    poePorts: valueOf('poePorts'),
    radios: valueOf('radios'),
    modems: valueOf('modems'),
    w60gLinks: valueOf('w60gLinks'),
    neighbors: valueOf('neighbors'),
    tableCounts: valueOf('tableCounts'),
    queues: valueOf('queues'),
    bgpPeers: valueOf('bgpPeers'),
    ospfNeighbors: valueOf('ospfNeighbors'),
    netwatchHosts: valueOf('netwatchHosts'),
    collectorStates: valueOf('collectorStates'),
    routerClocks: valueOf('routerClocks'),
  };
}

export const FAMILIES: Readonly<Record<FamilyName, FamilySpec>> = { polls: family('polls'), ...perRowFamily(family) };

/** The poll column that counts each family's rows, by its name in rows. */
const COUNT_KEYS = {
  interfaces: 'interfaceRows',
  devices: 'deviceRows',
  identities: 'identityRows',
  radioClients: 'radioClientRows',
  sensors: 'sensorRows',
  boards: 'boardRows',
  cpuCores: 'cpuCoreRows',
  packages: 'packageRows',
  packageUpdates: 'packageUpdateRows',
  ethernetPorts: 'ethernetPortRows',
  poePorts: 'poePortRows',
  radios: 'radioRows',
  modems: 'modemRows',
  w60gLinks: 'w60gLinkRows',
  neighbors: 'neighborRows',
  tableCounts: 'tableCountRows',
  queues: 'queueRows',
  bgpPeers: 'bgpPeerRows',
  ospfNeighbors: 'ospfNeighborRows',
  netwatchHosts: 'netwatchHostRows',
  collectorStates: 'collectorStateRows',
  routerClocks: 'routerClockRows',
} as const satisfies Record<RowFamilyName, keyof RowOf<'polls'>>;
export type CountKey = (typeof COUNT_KEYS)[RowFamilyName];

/** A family whose rows belong to polls, with the poll column that counts them. */
export interface CountedFamily {
  readonly name: RowFamilyName;
  readonly family: FamilySpec;
  readonly countKey: CountKey;
  readonly countColumn: string;
}

function counted(name: RowFamilyName): CountedFamily {
  const countKey = COUNT_KEYS[name];
  const column = FAMILIES.polls.columns.find(({ key }) => key === countKey);
  if (column === undefined) throw new Error(`BUG: polls have no ${countKey}`);
  return { name, family: FAMILIES[name], countKey, countColumn: column.name };
}

/** The families whose rows belong to polls. */
export const ROW_FAMILIES: readonly CountedFamily[] = Object.values(perRowFamily(counted));
