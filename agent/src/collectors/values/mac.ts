import { saysNone } from './parsed.ts';

const LENGTH = 17;
const COLON = 0x3a;
const DASH = 0x2d;

/** A MAC address as a 48-bit integer. */
export function parseMac(text: string): number | undefined {
  if (text.length !== LENGTH) return saysNone(text) ? undefined : Number.NaN;
  let value = 0;
  for (let at = 0; at < LENGTH; at++) {
    const code = text.charCodeAt(at);
    if (at % 3 === 2) {
      if (code !== COLON && code !== DASH) return Number.NaN;
    } else {
      value = value * 16 + hexDigit(code);
    }
  }
  return value;
}

/** The digit's value; NaN when it is none. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : Number.NaN;
}
