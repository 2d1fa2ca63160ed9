import { saysNone } from './parsed.ts';

const MAC = /^([0-9A-F]{2})[:-]([0-9A-F]{2})[:-]([0-9A-F]{2})[:-]([0-9A-F]{2})[:-]([0-9A-F]{2})[:-]([0-9A-F]{2})$/i;

/** A MAC address as a 48-bit integer. */
export function parseMac(text: string): number | undefined {
  const match = MAC.exec(text);
  if (match === null) return saysNone(text) ? undefined : Number.NaN;
  return Number.parseInt(match.slice(1).join(''), 16);
}
