/**
 * Walks over the fields of a protobuf message without looking into them: tag after tag, each with the place of its value.
 * Source: protobuf's "Encoding" page. Groups, which proto3 does not have, are no valid message here.
 */

/** How a value lies in a message. */
export const WIRE = { varint: 0, bit64: 1, delimited: 2, bit32: 5 } as const;

const FIELD_MAX = 2 ** 29 - 1;
const VARINT_BYTES_MAX = 10;

/** Reads `bytes` from `from` up to `to`. */
export class FieldReader {
  /** Number and wire type of the field that `next` went to. */
  field = 0;
  wire = 0;
  /** Where its value starts; of a length-delimited one, behind its length. */
  at: number;
  /** Bytes of the value. */
  length = 0;
  private readonly bytes: Uint8Array;
  private readonly to: number;
  private position: number;

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.bytes = bytes;
    this.to = to;
    this.at = from;
    this.position = from;
  }

  /** Goes to the next field; false at the end. Throws on bytes that are no message. */
  next(): boolean {
    if (this.position >= this.to) return false;
    const tag = this.varint();
    this.wire = tag % 8;
    this.field = Math.floor(tag / 8);
    if (this.field < 1 || this.field > FIELD_MAX) throw new RangeError(`the message has field ${this.field}`);
    this.length = this.lengthOfValue();
    this.at = this.position;
    if (this.at + this.length > this.to) throw new RangeError(`field ${this.field} of the message goes beyond its end`);
    this.position = this.at + this.length;
    return true;
  }

  private lengthOfValue(): number {
    switch (this.wire) {
      case WIRE.varint: {
        const start = this.position;
        this.varint();
        const length = this.position - start;
        this.position = start;
        return length;
      }
      case WIRE.bit64:
        return 8;
      case WIRE.bit32:
        return 4;
      case WIRE.delimited:
        return this.varint();
      default:
        throw new RangeError(`the message has wire type ${this.wire}`);
    }
  }

  /** A varint, exact below 2^53. */
  private varint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < VARINT_BYTES_MAX; count++) {
      if (this.position >= this.to) throw new RangeError('the message ends within a number');
      const byte = this.bytes[this.position++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    throw new RangeError('a number of the message is too long');
  }
}
