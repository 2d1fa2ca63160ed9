/** Seals batches as an agent does: columns, compressed, under an identity, as a message that is sent and sent again as it is. */
import { compress } from '@poplar/proto/batch';
import { frame, varint } from '../faultrun/wire.ts';
import { epochOf } from './epoch.ts';
import { fillColumn, viewOf, WIDTHS, writeValue } from './fill.ts';
import { objectKey, roundKey, tableKey } from './formula.ts';
import { type Level, offsetMs, type PlannedBatch, type Population, phaseMs, type Slot, siteName } from './population.ts';
import { createShape, nameOf, type RowsPlace, type Shape } from './shape.ts';
import { TABLES } from './tables.ts';

export interface SealedBatch {
  readonly sequence: number;
  /** When it was due; measured from here. */
  readonly dueMs: number;
  /** A framed StreamRequest. */
  readonly message: Buffer;
  readonly payloadBytes: number;
  readonly rows: number;
}

export interface Sealer {
  seal(batch: PlannedBatch, sealedAtMs: number): SealedBatch;
  /** Rows of a batch by table, without sealing it. */
  rowsOf(batch: Pick<PlannedBatch, 'slot' | 'level'>): ReadonlyMap<string, number>;
}

/** Fields of poplar.telemetry.v1 with their wire types. */
const REQUEST_BATCH = 0x12;
const BATCH = { epoch: 0x09, sequence: 0x10, compression: 0x18, uncompressedBytes: 0x20, payload: 0x2a } as const;
const PAYLOAD = { agent: 0x0a, epoch: 0x11, sequence: 0x18, epochStartedAtMs: 0x21, sealedAtMs: 0x29 } as const;
const ZSTD = 1;

export function createSealer(population: Population): Sealer {
  const { seed, startMs, routersPerSite, intervalMs } = population;
  const shapes = new Map<string, Shape>();
  const keys = new Map(['polls', ...TABLES.map(({ table }) => table)].map((table) => [table, tableKey(seed, table)]));
  const shapeOf = (slot: Slot, level: Level): Shape => {
    const name = `${slot.index}/${level}`;
    const known = shapes.get(name);
    if (known !== undefined) return known;
    const shape = createShape(slot, level);
    shapes.set(name, shape);
    return shape;
  };

  function fillRows(view: DataView, place: RowsPlace, { site, round }: PlannedBatch): void {
    const ofTable = keys.get(place.table) ?? 0;
    const beforeMs = offsetMs(population, site) + round * intervalMs;
    const { positions, objects, rows } = place;
    for (let row = 0; row < positions.length; row++) {
      const position = positions[row] ?? 0;
      const router = site * routersPerSite + position;
      const key = objectKey(ofTable, router, objects[row] ?? 0);
      rows.routers[row] = router;
      rows.keys[row] = key;
      rows.roundKeys[row] = roundKey(key, round);
      rows.sinceStartMs[row] = beforeMs + phaseMs(population, position);
    }
    const filled = { ...rows, objects, count: positions.length, round, intervalMs };
    for (const { at, kind, formula } of place.columns) fillColumn(view, at, kind, formula, filled);
  }

  function fill(shape: Shape, batch: PlannedBatch): void {
    const { body, view, polls } = shape;
    const { site, round, slot } = batch;
    for (const name of shape.names) body.write(nameOf(name, site, site * routersPerSite + name.position), name.at, 'latin1');
    fillRows(view, polls, batch);
    for (const [row, position] of slot.routers.entries()) {
      const tsMs = startMs + offsetMs(population, site) + round * intervalMs + phaseMs(population, position);
      writeValue(view, polls.timesAt + row * WIDTHS.u64, 'u64', tsMs);
      writeValue(view, polls.numbersAt + row * WIDTHS.u64, 'u64', round * routersPerSite + position + 1);
    }
    for (const family of shape.families) fillRows(view, family, batch);
  }

  return {
    seal(batch, sealedAtMs) {
      const shape = shapeOf(batch.slot, batch.level);
      fill(shape, batch);
      const epoch = u64(epochOf(population, batch.site));
      const sequence = varint(batch.sequence);
      const payload = Buffer.concat([headOf(siteName(batch.site), epoch, sequence, startMs, sealedAtMs), shape.body]);
      const packed = compress(payload);
      const message = Buffer.concat([
        Buffer.of(BATCH.epoch),
        epoch,
        Buffer.of(BATCH.sequence),
        sequence,
        Buffer.of(BATCH.compression, ZSTD, BATCH.uncompressedBytes),
        varint(payload.length),
        Buffer.of(BATCH.payload),
        varint(packed.length),
        packed,
      ]);
      return {
        sequence: batch.sequence,
        dueMs: batch.dueMs,
        message: frame(Buffer.concat([Buffer.of(REQUEST_BATCH), varint(message.length), message])),
        payloadBytes: packed.length,
        rows: shape.rows,
      };
    },
    rowsOf: ({ slot, level }) => shapeOf(slot, level).rowsByTable,
  };
}

function headOf(agent: string, epoch: Buffer, sequence: Buffer, startMs: number, sealedAtMs: number): Buffer {
  return Buffer.concat([
    Buffer.of(PAYLOAD.agent),
    varint(agent.length),
    Buffer.from(agent),
    Buffer.of(PAYLOAD.epoch),
    epoch,
    Buffer.of(PAYLOAD.sequence),
    sequence,
    Buffer.of(PAYLOAD.epochStartedAtMs),
    u64(startMs),
    Buffer.of(PAYLOAD.sealedAtMs),
    u64(sealedAtMs),
  ]);
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(WIDTHS.u64);
  writeValue(viewOf(bytes), 0, 'u64', value);
  return bytes;
}
