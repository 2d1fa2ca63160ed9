/** The values of one column for all rows of a table at once: `valueOf` in loops that cost nanoseconds a value. */
import type { ColumnSpec } from '@poplar/proto/families';
import { mix } from '../traffic/random.ts';
import { counterValue, type NumberFormula, rateSpan, valueOf } from './formula.ts';

/** Rows of one table in one round. */
export interface Rows {
  readonly count: number;
  readonly round: number;
  readonly intervalMs: number;
  /** By row. */
  readonly keys: Uint32Array;
  readonly roundKeys: Uint32Array;
  readonly routers: Uint32Array;
  readonly objects: Uint32Array;
  readonly sinceStartMs: Float64Array;
}

export const WIDTHS = { u8: 1, u32: 4, i32: 4, i64: 8, u64: 8, f64: 8 } as const satisfies Record<ColumnSpec['kind'], number>;

/** Writes a column's values from `at` on. An absent value is written as 0. */
export function fillColumn(view: DataView, at: number, kind: ColumnSpec['kind'], formula: NumberFormula, rows: Rows): void {
  const { count, round, intervalMs, keys, roundKeys, routers, objects, sinceStartMs } = rows;
  if (formula.form === 'counter' && kind === 'u64') {
    const span = rateSpan(formula.most, intervalMs);
    for (let row = 0; row < count; row++)
      writeU64(view, at + row * 8, counterValue(formula.lane, span, keys[row] ?? 0, roundKeys[row] ?? 0, round));
    return;
  }
  if (formula.form === 'gauge' && kind !== 'f64') {
    const { lane, low, span } = formula;
    const width = WIDTHS[kind];
    for (let row = 0; row < count; row++) writeValue(view, at + row * width, kind, low + (mix(roundKeys[row] ?? 0, lane) % span));
    return;
  }
  for (let row = 0; row < count; row++) {
    const spot = {
      key: keys[row] ?? 0,
      roundKey: roundKeys[row] ?? 0,
      router: routers[row] ?? 0,
      object: objects[row] ?? 0,
      round,
      sinceStartMs: sinceStartMs[row] ?? 0,
      intervalMs,
    };
    writeValue(view, at + row * WIDTHS[kind], kind, valueOf(formula, spot) ?? 0);
  }
}

/** Writes a value as the wire has it, little endian. */
export function writeValue(view: DataView, at: number, kind: ColumnSpec['kind'], value: number): void {
  switch (kind) {
    case 'u8':
      view.setUint8(at, value);
      return;
    case 'u32':
      view.setUint32(at, value, true);
      return;
    case 'i32':
      view.setInt32(at, value, true);
      return;
    case 'i64':
      view.setBigInt64(at, BigInt(value), true);
      return;
    case 'u64':
      writeU64(view, at, value);
      return;
    case 'f64':
      view.setFloat64(at, value, true);
  }
}

const TWO_32 = 2 ** 32;

function writeU64(view: DataView, at: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  view.setUint32(at, value - high * TWO_32, true);
  view.setUint32(at + 4, high, true);
}

/** A view of a buffer's bytes. */
export function viewOf(buffer: Uint8Array): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
