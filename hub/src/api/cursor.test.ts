import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.ts';

it('reads back what it wrote, for any names', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (site, router) => {
      expect(decodeCursor(encodeCursor({ site, router }))).toEqual({ site, router });
    }),
  );
});

it('refuses every other text', () => {
  for (const text of ['', 'x', '%%', Buffer.from('[1,2]').toString('base64url'), Buffer.from('["a"]').toString('base64url')])
    expect(decodeCursor(text)).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => decodeCursor(text)).not.toThrow();
    }),
  );
});
