import type { Visit } from '../poller/visit.ts';

/** Of a number, a flag or an address in its column. */
const VALUE_BYTES = 8;

/** What a visit takes in a batch at most, uncompressed: texts that others have in common with it are counted in full. */
export function visitBytes({ poll, rows }: Visit): number {
  let bytes = rowBytes(poll);
  for (const family of Object.values(rows)) for (const row of family) bytes += rowBytes(row);
  return bytes;
}

function rowBytes(row: object): number {
  let bytes = 0;
  for (const value of Object.values(row)) bytes += typeof value === 'string' ? value.length + VALUE_BYTES : VALUE_BYTES;
  return bytes;
}
