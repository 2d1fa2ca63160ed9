/** What hub.yaml says of wireless links: the limits of their states. */
import { z } from 'zod';
import { DEFAULT_THRESHOLDS, type LinkThresholds, type Threshold } from './thresholds.ts';

const threshold = (name: string, { enter, exit }: Threshold) =>
  z
    .strictObject({
      enter: z.number().default(enter).describe(`${name} below which a link is bad`),
      exit: z.number().default(exit).describe(`${name} from which on it is good; not below \`enter\``),
    })
    .refine((limits) => limits.exit >= limits.enter, { path: ['exit'], message: 'below `enter`; write a higher one' })
    .prefault({});

const MINUTES_MS = 60_000;
export const linksSchema = z
  .strictObject({
    signal_dbm: threshold('Signal at the access point, dBm,', DEFAULT_THRESHOLDS.signalDbm),
    snr_db: threshold('Signal to noise, dB,', DEFAULT_THRESHOLDS.snrDb),
    ccq_pct: threshold('Connection quality, percent,', DEFAULT_THRESHOLDS.ccqPct),
    degraded_after_ms: z
      .int()
      .min(0)
      .max(10 * MINUTES_MS)
      .default(DEFAULT_THRESHOLDS.degradedAfterMs)
      .describe('How long a link has to be bad to be degraded, ms'),
    recovered_after_ms: z
      .int()
      .min(0)
      .max(10 * MINUTES_MS)
      .default(DEFAULT_THRESHOLDS.recoveredAfterMs)
      .describe('How long it has to be good to be so no more, ms'),
    active_after_ms: z
      .int()
      .min(0)
      .max(10 * MINUTES_MS)
      .default(DEFAULT_THRESHOLDS.activeAfterMs)
      .describe('How long a new link is only discovered, ms'),
    down_after_ms: z
      .int()
      .min(0)
      .max(10 * MINUTES_MS)
      .default(DEFAULT_THRESHOLDS.downAfterMs)
      .describe('How long a client is missing in the registration table before it has left, and its link is down, ms'),
    stale_after_ms: z
      .int()
      .min(60 * MINUTES_MS)
      .max(7 * 24 * 60 * MINUTES_MS)
      .default(DEFAULT_THRESHOLDS.staleAfterMs)
      .describe('After how long without a registration a link is stale, and forgotten, ms'),
  })
  .describe('When wireless links count as what; docs/links.md');

export function linksOf(links: z.output<typeof linksSchema>): LinkThresholds {
  return {
    signalDbm: links.signal_dbm,
    snrDb: links.snr_db,
    ccqPct: links.ccq_pct,
    degradedAfterMs: links.degraded_after_ms,
    recoveredAfterMs: links.recovered_after_ms,
    activeAfterMs: links.active_after_ms,
    downAfterMs: links.down_after_ms,
    staleAfterMs: links.stale_after_ms,
  };
}
