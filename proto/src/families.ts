/**
 * The table families of a batch, described once: every column's field number, width and meaning is read from the
 * generated descriptors, so that codec, validation and storage can never disagree with the .proto files.
 */
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import {
  type BatchPayload,
  BatchPayloadSchema,
  type BoardColumns,
  BoardColumnsSchema,
  type CpuCoreColumns,
  CpuCoreColumnsSchema,
  type DeviceColumns,
  DeviceColumnsSchema,
  type IdentityColumns,
  IdentityColumnsSchema,
  type InterfaceColumns,
  InterfaceColumnsSchema,
  type PackageColumns,
  PackageColumnsSchema,
  type PackageUpdateColumns,
  PackageUpdateColumnsSchema,
  type PollColumns,
  PollColumnsSchema,
  type RadioClientColumns,
  RadioClientColumnsSchema,
  type SensorColumns,
  SensorColumnsSchema,
} from './gen/poplar/telemetry/v1/payload_pb.ts';

/** How one value of a column lies in memory, little endian. */
export type ColumnKind = 'u8' | 'u32' | 'i32' | 'u64' | 'f64';

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
}

export type FamilyName = keyof Messages;
/** Families whose rows belong to polls. */
export type RowFamilyName = Exclude<FamilyName, 'polls'>;

interface Messages {
  polls: PollColumns;
  interfaces: InterfaceColumns;
  devices: DeviceColumns;
  identities: IdentityColumns;
  radioClients: RadioClientColumns;
  sensors: SensorColumns;
  boards: BoardColumns;
  cpuCores: CpuCoreColumns;
  packages: PackageColumns;
  packageUpdates: PackageUpdateColumns;
}

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

function family<F extends FamilyName>(name: F, schema: GenMessage<Messages[F]>): FamilySpec {
  const field = BatchPayloadSchema.field[name satisfies keyof BatchPayload].number;
  return { name, field, columns: columnsOf(schema) };
}

export const POLLS = family('polls', PollColumnsSchema);
export const INTERFACES = family('interfaces', InterfaceColumnsSchema);
export const DEVICES = family('devices', DeviceColumnsSchema);
export const IDENTITIES = family('identities', IdentityColumnsSchema);
export const RADIO_CLIENTS = family('radioClients', RadioClientColumnsSchema);
export const SENSORS = family('sensors', SensorColumnsSchema);
export const BOARDS = family('boards', BoardColumnsSchema);
export const CPU_CORES = family('cpuCores', CpuCoreColumnsSchema);
export const PACKAGES = family('packages', PackageColumnsSchema);
export const PACKAGE_UPDATES = family('packageUpdates', PackageUpdateColumnsSchema);

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
} as const satisfies Record<RowFamilyName, keyof RowOf<'polls'>>;
export type CountKey = (typeof COUNT_KEYS)[RowFamilyName];

/** A family whose rows belong to polls, with the poll column that counts them. */
export interface CountedFamily {
  readonly name: RowFamilyName;
  readonly family: FamilySpec;
  readonly countKey: CountKey;
  readonly countColumn: string;
}

function counted(family: FamilySpec, name: RowFamilyName): CountedFamily {
  const countKey = COUNT_KEYS[name];
  const column = POLLS.columns.find(({ key }) => key === countKey);
  if (column === undefined) throw new Error(`BUG: polls have no ${countKey}`);
  return { name, family, countKey, countColumn: column.name };
}

/** The families whose rows belong to polls. */
export const ROW_FAMILIES: readonly CountedFamily[] = [
  counted(INTERFACES, 'interfaces'),
  counted(DEVICES, 'devices'),
  counted(IDENTITIES, 'identities'),
  counted(RADIO_CLIENTS, 'radioClients'),
  counted(SENSORS, 'sensors'),
  counted(BOARDS, 'boards'),
  counted(CPU_CORES, 'cpuCores'),
  counted(PACKAGES, 'packages'),
  counted(PACKAGE_UPDATES, 'packageUpdates'),
];

/** The generated message of each family, for decoding that has to look at every value. */
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
} as const satisfies { [F in FamilyName]: GenMessage<Messages[F]> };
