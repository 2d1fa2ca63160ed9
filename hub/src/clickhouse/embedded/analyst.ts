/** People who read the embedded engine with a login of their own: who they are and what their queries may take. */

export interface AnalystLimits {
  /** Longest query, ms. */
  readonly executionMsMax: number;
  /** Memory of one query, bytes. */
  readonly memoryBytesMax: number;
  readonly rowsToReadMax: number;
  readonly resultRowsMax: number;
  /** Of the values of an answer, and of the answer as it is sent before compression. */
  readonly resultBytesMax: number;
  /** Queries at once; some more wait. */
  readonly concurrentQueriesMax: number;
}

export interface Analyst {
  /** Name of the login. */
  readonly name: string;
  readonly password: string;
  readonly limits: AnalystLimits;
  /** Waits for no other analyst, as none waits for it: the hub's own login, for SQL that operators wrote. */
  readonly ownLane?: boolean;
}

/** Queries of all analysts at once: each holds one of the pool's threads. */
export const ANALYST_SLOTS = 4;

/** Memory that inserts, merges and caches keep when every analyst takes all of theirs, bytes. */
export const INSERT_HEADROOM_BYTES = 512 * 1024 * 1024;

/** Memory that the queries of analysts can take together, bytes. */
export function analystMemoryBytes(analysts: readonly Pick<Analyst, 'limits'>[]): number {
  return ANALYST_SLOTS * Math.max(0, ...analysts.map(({ limits }) => limits.memoryBytesMax));
}
