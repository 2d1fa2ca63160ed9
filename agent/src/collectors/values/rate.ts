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

/** A limit of `/queue`: bare as the API writes it, `10M` as the terminal does. */
const LIMIT = /^(\d+(?:\.\d+)?) ?([kKMG]?)(?:bps)?$/;
const LIMIT_SCALES: Readonly<Record<string, number>> = { '': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9 };

/** A limit in bit/s; 0 where there is none, which RouterOS writes `0` or `unlimited`. */
export function parseLimitBps(text: string): Parsed {
  if (text === 'unlimited') return 0;
  if (BARE.test(text)) return Number(text);
  const [, value, unit = ''] = LIMIT.exec(text) ?? [];
  if (value === undefined) return saysNone(text) ? undefined : Number.NaN;
  const bps = Math.round(Number(value) * (LIMIT_SCALES[unit] ?? Number.NaN));
  return bps <= Number.MAX_SAFE_INTEGER ? bps : Number.NaN;
}
