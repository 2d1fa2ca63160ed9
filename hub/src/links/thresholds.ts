/** When a wireless link counts as what. */

/** A value below `enter` is bad, one of `exit` and more is good; between them everything stays as it is. */
export interface Threshold {
  readonly enter: number;
  readonly exit: number;
}

export interface LinkThresholds {
  /** Of the client at the access point, dBm. */
  readonly signalDbm: Threshold;
  readonly snrDb: Threshold;
  /** Connection quality towards the client, percent. */
  readonly ccqPct: Threshold;
  /** How long a link has to be bad to become degraded, ms. */
  readonly degradedAfterMs: number;
  /** How long it has to be good to be so no more, ms. */
  readonly recoveredAfterMs: number;
  /** How long a new link is only discovered, ms. */
  readonly activeAfterMs: number;
  /** How long a client has to be missing in the registration table to have left, ms; and in two readings of it. */
  readonly downAfterMs: number;
  /** After how long without a registration a link is stale and then forgotten, ms. */
  readonly staleAfterMs: number;
}

/**
 * Signal: where the viewer's scale begins to be bad, below which outdoor links of RouterOS fall to their lowest rates; 15 dB over the noise are
 * about what 16-QAM needs; a CCQ under 50 means that more than half of the air time is lost.
 */
export const DEFAULT_THRESHOLDS: LinkThresholds = {
  signalDbm: { enter: -80, exit: -77 },
  snrDb: { enter: 15, exit: 18 },
  ccqPct: { enter: 50, exit: 60 },
  degradedAfterMs: 60_000,
  recoveredAfterMs: 60_000,
  activeAfterMs: 60_000,
  downAfterMs: 30_000,
  staleAfterMs: 24 * 3600_000,
};
