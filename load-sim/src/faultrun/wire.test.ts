import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUnframer, decodeFields, encodeFields, frame } from './wire.ts';

describe('the wire', () => {
  it('encodes as protobuf does', () => {
    // The first two are of the encoding's own documentation.
    expect(encodeFields([2, Buffer.from('testing')]).toString('hex')).toBe('120774657374696e67');
    expect(decodeFields(Buffer.from('089601', 'hex'))).toEqual(new Map([[1, 150]]));
    expect(decodeFields(Buffer.from('090102030405060708100d', 'hex'))).toEqual(new Map([[2, 13]]));
  });

  it('reads back what it wrote, and refuses a part of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.uint8Array({ minLength: 1, maxLength: 400 }), (number, bytes) => {
        const message = encodeFields([number, bytes]);
        expect(decodeFields(message)).toEqual(new Map([[number, Buffer.from(bytes)]]));
        expect(() => decodeFields(message.subarray(0, -1))).toThrow('within a field');
      }),
    );
  });

  it('finds the messages of a stream however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), fc.integer({ min: 1, max: 20 }), (messages, step) => {
        const stream = Buffer.concat(messages.map(frame));
        const unframe = createUnframer();
        const found: Buffer[] = [];
        for (let at = 0; at < stream.length; at += step) found.push(...unframe(stream.subarray(at, at + step)));
        expect(found).toEqual(messages.map((message) => Buffer.from(message)));
      }),
    );
  });
});
