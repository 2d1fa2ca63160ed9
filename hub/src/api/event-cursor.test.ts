import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeEventCursor, encodeEventCursor } from './event-cursor.ts';

const text = fc.string({ unit: 'grapheme' });

it('reads back what it wrote, for any names', () => {
  fc.assert(
    fc.property(fc.tuple(fc.maxSafeInteger(), text, text, text, text), (cursor) => {
      expect(decodeEventCursor(encodeEventCursor(cursor))).toEqual(cursor);
    }),
  );
});

it('refuses every other text', () => {
  for (const other of ['', 'x', '%%', Buffer.from('["a","b"]').toString('base64url')])
    expect(decodeEventCursor(other)).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), (other) => {
      expect(() => decodeEventCursor(other)).not.toThrow();
    }),
  );
});
