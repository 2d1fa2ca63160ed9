/** The little of protobuf that sending batches again takes; written from its encoding, with none of the agent's code. */

/** A message of length-delimited fields, by number, in this order. */
export function encodeFields(...fields: readonly (readonly [number, Uint8Array])[]): Buffer {
  return Buffer.concat(fields.flatMap(([number, bytes]) => [varint((number << 3) | 2), varint(bytes.length), bytes]));
}

/** Varints and length-delimited fields of a message by number; of a repeated one the last. Throws on a broken message. */
export function decodeFields(message: Uint8Array): ReadonlyMap<number, number | Uint8Array> {
  const fields = new Map<number, number | Uint8Array>();
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('a message ends within a field');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = readVarint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        fields.set(number, readVarint());
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = readVarint();
        if (at + length > message.length) throw new RangeError('a message ends within a field');
        fields.set(number, message.subarray(at, at + length));
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError(`a message has a field of wire type ${tag % 8}`);
    }
  }
  return fields;
}

/** A number below 2^53 as protobuf's varint. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

const PREFIX_BYTES = 5;

/** A message of gRPC: not compressed, its length, its bytes. */
export function frame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Cuts a stream of bytes into the messages of gRPC. */
export function createUnframer(): (chunk: Buffer) => Buffer[] {
  let held = Buffer.alloc(0);
  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    const messages: Buffer[] = [];
    while (held.length >= PREFIX_BYTES) {
      const end = PREFIX_BYTES + held.readUInt32BE(1);
      if (held.length < end) break;
      messages.push(held.subarray(PREFIX_BYTES, end));
      held = held.subarray(end);
    }
    return messages;
  };
}
