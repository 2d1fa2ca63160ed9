import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGenerations } from './generations.ts';

describe('createGenerations', () => {
  it('rises when a name shows another id or another MAC, and only then', () => {
    const generations = createGenerations();
    const seen = [
      generations.of('pppoe-a', '*F1', undefined),
      generations.of('pppoe-a', '*F1', undefined),
      generations.of('pppoe-a', '*F2', undefined),
      generations.of('pppoe-a', undefined, undefined),
      generations.of('pppoe-a', '*F2', 7),
      generations.of('pppoe-a', '*F2', 8),
    ];
    expect(seen).toEqual([0, 0, 1, 1, 1, 2]);
    expect(generations.of('ether1', '*1', 1)).toBe(0);
  });

  it('forgets names that are long gone without ever repeating a generation of one', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.tuple(fc.nat(400), fc.nat(3)), { maxLength: 300 }), { maxLength: 12 }), (prints) => {
        const generations = createGenerations();
        /** For each name and generation, the one life it may stand for. */
        const lives = new Map<string, string>();
        for (const print of prints) {
          const names = new Map(print);
          for (const [name, id] of names) {
            const generation = generations.of(`i${name}`, String(id), undefined);
            const key = `${name}/${generation}`;
            expect(lives.get(key) ?? String(id)).toBe(String(id));
            lives.set(key, String(id));
          }
          generations.endPrint();
        }
      }),
    );
  });

  it('keeps its memory bounded when interfaces come and go under new names', () => {
    const generations = createGenerations();
    for (let print = 0; print < 50; print++) {
      for (let name = 0; name < 100; name++) generations.of(`session-${print}-${name}`, '*1', undefined);
      generations.endPrint();
    }
    expect(generations.size).toBeLessThanOrEqual(100 + 256 + 100);
  });

  it('says when its numbers run out, and starts over', () => {
    const generations = createGenerations(4);
    for (let life = 0; life < 3; life++) {
      expect(generations.exhausted).toBe(false);
      generations.of('a', `*${life}`, undefined);
    }
    generations.of('a', '*9', undefined);
    expect(generations.exhausted).toBe(true);
    generations.reset();
    expect(generations.exhausted).toBe(false);
    expect(generations.of('a', '*9', undefined)).toBe(0);
  });
});
