import { type Parsed, saysNone } from './parsed.ts';

/** `2412/20-Ce/gn`, `5180/20/a/P(17dBm)`, `5500/ax/Ceee/D`: the frequency comes first. Of a list, the first. */
const CHANNEL = /^(\d{3,5})(?:[/,]|$)/;
/** A configured frequency that leaves no choice. */
const FIXED = /^\d{3,5}$/;

/** MHz of the primary channel, from the text of a channel in use. */
export function parseChannelMhz(text: string): Parsed {
  const mhz = CHANNEL.exec(text)?.[1];
  if (mhz !== undefined) return Number(mhz);
  return saysNone(text) ? undefined : Number.NaN;
}

/** MHz of a configured frequency; undefined for `auto`, lists and ranges, which let the radio choose. */
export function parseFixedMhz(text: string): number | undefined {
  return FIXED.test(text) ? Number(text) : undefined;
}
