import { type Parsed, saysNone } from './parsed.ts';

/** `866.6Mbps-80MHz/2S/SGI`, `65Mbps-20MHz/1S`, `6Mbps`, `28900000`; of a list, the first. */
const RATE = /^(\d+(?:\.\d+)?) ?(bps|[kKMG]bps)?(?:[-/,].*)?$/;

const BARE = /^\d{1,15}$/;
const SCALES: Readonly<Record<string, number>> = { bps: 1, kbps: 1e3, Kbps: 1e3, Mbps: 1e6, Gbps: 1e9 };

/** A modulation rate in bit/s: with a unit and modulation as the wireless package writes it, bare as wifi does. */
export function parseRateBps(text: string): Parsed {
  if (BARE.test(text)) return Number(text);
  const [, value, unit = 'bps'] = RATE.exec(text) ?? [];
  if (value === undefined) return saysNone(text) ? undefined : Number.NaN;
  const bps = Math.round(Number(value) * (SCALES[unit] ?? Number.NaN));
  return bps <= Number.MAX_SAFE_INTEGER ? bps : Number.NaN;
}
