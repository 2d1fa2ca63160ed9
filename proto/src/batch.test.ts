import { readFileSync } from 'node:fs';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchError, contentHash, decodePayload, type OpenBatch, openBatch, sealBatch } from './batch.ts';
import { createBatchBuilder } from './builder.ts';
import { hasColumn, readColumn, u32Column } from './columns.ts';
import { FAMILIES, type InterfaceRow } from './families.ts';
import { BatchSchema, Compression } from './gen/poplar/telemetry/v1/ingest_pb.ts';
import { BatchPayloadSchema } from './gen/poplar/telemetry/v1/payload_pb.ts';
import { DEFAULT_LIMITS, SYMBOL_LENGTH_MAX } from './limits.ts';
import {
  SAMPLE_IDENTITY,
  sampleBoard,
  sampleDevice,
  sampleInterface,
  samplePoll,
  sampleRadioClient,
  sampleRows,
  sampleSensor,
} from './testing.ts';
import { validateBatch } from './validate.ts';

function sampleBuilder() {
  const builder = createBatchBuilder();
  builder.add(
    samplePoll(),
    sampleRows({
      interfaces: [sampleInterface(), sampleInterface({ interface: 'bridge', mac: undefined })],
      devices: [sampleDevice()],
    }),
  );
  builder.add(
    samplePoll({ router: 'r0002', pollNumber: 2 }),
    sampleRows({ radioClients: [sampleRadioClient()], identities: [{ identity: 'gw' }] }),
  );
  return builder;
}

const counter = fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: undefined });
const interfaceRow: fc.Arbitrary<InterfaceRow> = fc
  .record({
    interface: fc.string(),
    comment: fc.string(),
    rxBytes: counter,
    txBytes: counter,
    txQueueDrops: counter,
    running: fc.boolean(),
  })
  .map((changes) => sampleInterface(changes));

describe('sealBatch and openBatch', () => {
  it('give back every value of every row, absent ones as absent', () => {
    fc.assert(
      fc.property(fc.array(fc.array(interfaceRow, { maxLength: 5 }), { minLength: 1, maxLength: 70 }), (polls) => {
        const builder = createBatchBuilder();
        for (const [index, interfaces] of polls.entries())
          builder.add(samplePoll({ pollNumber: index + 1, router: `r${index % 3}` }), sampleRows({ interfaces }));
        const open = openBatch(sealBatch(builder, SAMPLE_IDENTITY), DEFAULT_LIMITS);
        const rows = polls.flat();
        const { interfaces } = open.families;
        const names = u32Column(interfaces, 'interface_symbol');
        const rx = readColumn(interfaces, 'rx_bytes');
        const queue = readColumn(interfaces, 'tx_queue_drops');
        for (const [index, row] of rows.entries()) {
          expect(open.symbols[names[index] ?? -1]).toBe(row.interface);
          expect(asBigInt(rx(index))).toBe(row.rxBytes);
          expect(asBigInt(queue(index))).toBe(row.txQueueDrops);
        }
        expect([...u32Column(open.families.polls, 'interface_rows')]).toEqual(polls.map((rows) => rows.length));
      }),
    );
  });

  it('write what the generated protobuf decoder reads', () => {
    const batch = sealBatch(sampleBuilder(), SAMPLE_IDENTITY);
    const plain = fromBinary(BatchPayloadSchema, decompressed(batch.payload));
    expect(plain.agent).toBe('fra1');
    expect(plain.epoch).toBe(SAMPLE_IDENTITY.epoch);
    expect(plain.clockOffsetMs).toBe(-12n);
    expect(plain.interfaces?.txBytes).toEqual([2n ** 64n - 1n, 2n ** 64n - 1n]);
    expect([...(plain.interfaces?.macNulls ?? [])]).toEqual([0, 1]);
    expect(plain.interfaces?.rxBytesNulls).toHaveLength(0);
    expect(plain.interfaces?.interfaceSymbol.map((symbol) => plain.symbols[symbol])).toEqual(['ether1', 'bridge']);
    expect(plain.radioClients?.signalDbm).toEqual([-68]);
    expect(plain.devices?.badBlocksPct).toEqual([0.1]);
    expect(plain.polls?.radioClientRows).toEqual([0, 1]);
  });

  it('carry sensors, boards, cores, packages and fast-path counters', () => {
    const builder = createBatchBuilder();
    const rows = sampleRows({
      interfaces: [sampleInterface({ fpRxBytes: 2n ** 63n, fpTxPackets: 0 })],
      sensors: [sampleSensor(), sampleSensor({ sensor: 'psu1-state', value: undefined, unit: '', state: 'fail' })],
      boards: [sampleBoard()],
      cpuCores: [{ cpu: 'cpu0', loadPct: 7, irqPct: 1, diskPct: undefined }],
      packages: [{ package: 'routeros', version: '7.18.2', disabled: false, available: undefined }],
      packageUpdates: [{ channel: 'stable', installedVersion: '7.18.2', latestVersion: '', status: '' }],
    });
    builder.add(samplePoll(), sampleRows());
    builder.add(samplePoll({ pollNumber: 2, router: 'r0002' }), rows);
    const open = openBatch(sealBatch(builder, SAMPLE_IDENTITY), DEFAULT_LIMITS);
    expect(validateBatch(open)).toBeUndefined();
    const { sensors, boards, interfaces, cpuCores, packages, packageUpdates, polls } = open.families;
    expect([0, 1].map(readColumn(sensors, 'value'))).toEqual([24.1, undefined]);
    expect(Array.from(u32Column(sensors, 'state_symbol'), (symbol) => open.symbols[symbol])).toEqual(['', 'fail']);
    expect(open.symbols[u32Column(boards, 'serial_symbol')[0] ?? 0]).toBe('HP000000001');
    expect(readColumn(interfaces, 'fp_rx_bytes')(0)).toBe(2n ** 63n);
    expect(readColumn(interfaces, 'fp_tx_bytes')(0)).toBeUndefined();
    expect(readColumn(cpuCores, 'disk_pct')(0)).toBeUndefined();
    expect([packages.rows, packageUpdates.rows]).toEqual([1, 1]);
    expect([...u32Column(polls, 'sensor_rows')]).toEqual([0, 2]);
  });

  it('read columns that a foreign encoder left unpacked or split into chunks', () => {
    const payload = decompressed(sealBatch(sampleBuilder(), SAMPLE_IDENTITY).payload);
    const ours = decodePayload(payload);
    const plain = fromBinary(BatchPayloadSchema, payload);
    const interfaces = new BinaryWriter();
    for (const symbol of plain.interfaces?.interfaceSymbol ?? []) interfaces.tag(1, WireType.Bit32).fixed32(symbol);
    for (const symbol of plain.interfaces?.typeSymbol ?? [])
      interfaces.tag(2, WireType.LengthDelimited).bytes(new Uint8Array(Uint32Array.of(symbol).buffer));
    for (const value of plain.interfaces?.rxBytes ?? []) interfaces.tag(11, WireType.Bit64).fixed64(value);
    const { interfaces: _, ...rest } = plain;
    const foreign = Buffer.concat([
      toBinary(BatchPayloadSchema, create(BatchPayloadSchema, rest)),
      new BinaryWriter().tag(9, WireType.LengthDelimited).bytes(interfaces.finish()).finish(),
    ]);
    const theirs = decodePayload(foreign);
    for (const name of ['interface_symbol', 'type_symbol', 'rx_bytes'])
      expect([0, 1].map(readColumn(theirs.families.interfaces, name))).toEqual(
        [0, 1].map(readColumn(ours.families.interfaces, name)),
      );
    expect(readColumn(theirs.families.interfaces, 'tx_bytes')(0)).toBeUndefined();
  });

  it('refuse bytes that are not what the envelope declares', () => {
    const batch = sealBatch(sampleBuilder(), SAMPLE_IDENTITY);
    const refusal = (changes: Partial<typeof batch>) => () => openBatch({ ...batch, ...changes }, DEFAULT_LIMITS);
    expect(refusal({ sequence: 8n })).toThrow(/another epoch or sequence/);
    expect(refusal({ epoch: 1n })).toThrow(/another epoch or sequence/);
    expect(refusal({ uncompressedBytes: batch.uncompressedBytes - 1 })).toThrow(/does not decompress/);
    expect(refusal({ uncompressedBytes: batch.uncompressedBytes + 1 })).toThrow(/declared/);
    expect(refusal({ uncompressedBytes: DEFAULT_LIMITS.uncompressedBytesMax + 1 })).toThrow(/over the limit/);
    expect(refusal({ compression: 0 })).toThrow(/compression 0 is unknown/);
    expect(refusal({ payload: batch.payload.subarray(0, 40) })).toThrow(BatchError);
    expect(refusal({ payload: zstdCompressSync(Buffer.from([0xff, 0xff, 0xff])), uncompressedBytes: 3 })).toThrow(
      /does not decode/,
    );
  });

  it('never fail on damaged payloads with anything but BatchError', () => {
    const payload = decompressed(sealBatch(sampleBuilder(), SAMPLE_IDENTITY).payload);
    fc.assert(
      fc.property(fc.nat(payload.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Uint8Array.from(payload);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        const batch = create(BatchSchema, {
          ...SAMPLE_ENVELOPE,
          uncompressedBytes: damaged.length,
          payload: zstdCompressSync(damaged),
        });
        expect(faultOf(() => openBatch(batch, DEFAULT_LIMITS)) ?? new BatchError()).toBeInstanceOf(BatchError);
      }),
      { numRuns: 2000 },
    );
  });
});

const SAMPLE_ENVELOPE = {
  epoch: SAMPLE_IDENTITY.epoch,
  sequence: BigInt(SAMPLE_IDENTITY.sequence),
  compression: Compression.ZSTD,
};

describe('the builder', () => {
  it('adds a poll whole or not at all', () => {
    const builder = sampleBuilder();
    const bad = sampleRows({ interfaces: [sampleInterface({ interface: 'ether9' }), sampleInterface({ rxBytes: -1 })] });
    expect(() => builder.add(samplePoll({ pollNumber: 3 }), bad)).toThrow(/rx_bytes -1/);
    builder.add(
      samplePoll({ pollNumber: 3 }),
      sampleRows({ interfaces: [sampleInterface({ interface: 'ether3', mac: undefined })] }),
    );
    const { families, symbols } = openBatch(sealBatch(builder, SAMPLE_IDENTITY), DEFAULT_LIMITS);
    expect(Array.from(u32Column(families.interfaces, 'interface_symbol'), (symbol) => symbols[symbol])).toEqual([
      'ether1',
      'bridge',
      'ether3',
    ]);
    expect(families.polls.rows).toBe(3);
  });

  it('refuses values that do not fit their column', () => {
    const add = (changes: Partial<InterfaceRow>) => () =>
      createBatchBuilder().add(samplePoll(), sampleRows({ interfaces: [sampleInterface(changes)] }));
    expect(add({ rxBytes: 2n ** 64n })).toThrow(RangeError);
    expect(add({ rxBytes: 1.5 })).toThrow(RangeError);
    expect(add({ generation: 2 ** 32 })).toThrow(RangeError);
    expect(add({ rxBytes: Number.NaN })).toThrow(RangeError);
    expect(add({ comment: 'x'.repeat(SYMBOL_LENGTH_MAX + 1) })).toThrow(RangeError);
  });

  it('leaves a batch that hubs take after a poll with a text that they would not', () => {
    const builder = sampleBuilder();
    const sensors = [sampleSensor({ sensor: 'new', state: 'x'.repeat(SYMBOL_LENGTH_MAX + 1) })];
    expect(() => builder.add(samplePoll({ router: 'r0003' }), sampleRows({ sensors }))).toThrow(RangeError);
    builder.add(samplePoll({ router: 'r0004', error: 'x'.repeat(SYMBOL_LENGTH_MAX) }), sampleRows());
    const open = openBatch(sealBatch(builder, SAMPLE_IDENTITY), DEFAULT_LIMITS);
    expect(open.families.polls.rows).toBe(3);
    expect(validateBatch(open)).toBeUndefined();
  });
});

describe('a batch sealed by the first release', () => {
  // Written once from sampleBuilder(); spools hold such bytes, so they must open for ever.
  const golden = fromBinary(BatchSchema, readFileSync(new URL('../testdata/batch-v1.binpb', import.meta.url)));

  it('opens with the values it was sealed with; what came later is absent', () => {
    const open = openBatch(golden, DEFAULT_LIMITS);
    const fresh = openBatch(sealBatch(sampleBuilder(), SAMPLE_IDENTITY), DEFAULT_LIMITS);
    expect(open.symbols).toEqual(fresh.symbols);
    expect(valuesOf(open)).toEqual(valuesOf(fresh));
    expect(hasColumn(open.families.polls, 'sensor_rows')).toBe(false);
  });

  it('can be stored', () => {
    expect(validateBatch(openBatch(golden, DEFAULT_LIMITS))).toBeUndefined();
  });

  it('keeps its name', () => {
    expect(contentHash(golden.payload)).toBe(16_827_122_201_302_236_963n);
  });
});

describe('a batch sealed by a later release', () => {
  it('opens without the families and columns that this one does not know', () => {
    const payload = decompressed(sealBatch(sampleBuilder(), SAMPLE_IDENTITY).payload);
    const column = new BinaryWriter().tag(900, WireType.LengthDelimited).bytes(new Uint8Array(8)).finish();
    const later = new BinaryWriter()
      .tag(FAMILIES.polls.field, WireType.LengthDelimited)
      .bytes(column)
      .tag(901, WireType.LengthDelimited)
      .bytes(column)
      .finish();
    const open = decodePayload(Buffer.concat([payload, later]));
    expect(valuesOf(open)).toEqual(valuesOf(decodePayload(payload)));
    expect(validateBatch(open)).toBeUndefined();
  });

  it('says which fields this one does not know, also where the encoder is a foreign one', () => {
    const payload = decompressed(sealBatch(sampleBuilder(), SAMPLE_IDENTITY).payload);
    expect(decodePayload(payload).unknownFields).toEqual([]);
    const column = new BinaryWriter().tag(900, WireType.LengthDelimited).bytes(new Uint8Array(8)).finish();
    const unpacked = new BinaryWriter().tag(902, WireType.Varint).uint32(1).finish();
    const later = new BinaryWriter()
      .tag(FAMILIES.polls.field, WireType.LengthDelimited)
      .bytes(Buffer.concat([column, unpacked]))
      .tag(901, WireType.LengthDelimited)
      .bytes(column)
      .tag(903, WireType.Varint)
      .uint32(1)
      .finish();
    expect(decodePayload(Buffer.concat([payload, later])).unknownFields).toEqual(['901', '903', 'polls 900', 'polls 902']);
  });
});

/** Every value of every row of every family, by column. */
function valuesOf({ families }: OpenBatch): unknown {
  return Object.values(families).map((family) => [
    family.spec.name,
    ...family.spec.columns.map(({ name }) => [
      name,
      Array.from({ length: family.rows }, (_, row) => readColumn(family, name)(row)),
    ]),
  ]);
}

function faultOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

function decompressed(payload: Uint8Array): Uint8Array {
  return zstdDecompressSync(payload);
}

function asBigInt(value: number | bigint | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(value);
}
