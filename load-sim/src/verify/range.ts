/** Stretches of time, ends included; Unix ms. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A time in which polls may be lost. */
export interface AllowedLoss extends Range {
  /** At most so many; undefined: all. */
  readonly pollsMax?: number;
}
