/** Seeded hashing: every random choice of the simulator is a pure function of a key, so any state can be recomputed. */

/** Mixes an integer into a key; both and the result are taken as 32 bits. */
export function mix(key: number, part: number): number {
  let hash = (key ^ Math.imul(part + 0x9e3779b9, 0x85ebca6b)) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A key for one aspect of a thing, so that its choices do not depend on those of another aspect. */
export function derive(key: number, aspect: string): number {
  let hash = key;
  for (let index = 0; index < aspect.length; index++) hash = mix(hash, aspect.charCodeAt(index));
  return hash;
}

/** A number in [0, 1) from a key. */
export function unit(key: number): number {
  return key / 0x1_0000_0000;
}

/** A number in [low, high) from a key. */
export function between(key: number, low: number, high: number): number {
  return low + (high - low) * unit(key);
}

/** A whole number from low to high, both included, from a key. */
export function wholeBetween(key: number, low: number, high: number): number {
  return low + Math.floor((high - low + 1) * unit(key));
}

/** One element of a list, chosen by a key. Throws when the list is empty. */
export function pick<T>(key: number, list: readonly T[]): T {
  const chosen = list[Math.floor(unit(key) * list.length)];
  if (chosen === undefined) throw new Error('BUG: picked from an empty list');
  return chosen;
}

/** The list in an order that follows from the key. */
export function shuffled<T>(list: readonly T[], key: number): T[] {
  return list
    .map((item, position) => ({ item, order: mix(key, position) }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
