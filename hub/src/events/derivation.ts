/** What makes events of one sort out of the raw rows. */
export interface Derivation {
  /** Stands in `events.derivation`; never changes: rows of an old name would stay. */
  readonly name: string;
  /** How far back from an event the rows lie that decide it, ms. What began before is unknown to it: it never reads stored events. */
  readonly lookbackMs: number;
  /** How far ahead of a row the events lie that it can change, ms: what looks back on a row. */
  readonly forwardMs: number;
  /** Ranges are made in spans of so many ms, UTC: an hour, or a day where rows are few and forwardMs is long. */
  readonly spanMs: number;
  /** SQL over a row of `polls`: how many rows that matter it brought. Where none came, nothing is made. */
  readonly rows: string;
  /** Its statement costs as much as all others together, and nobody waits for its events: hasty turns leave it out. */
  readonly isCostly?: true;
  /**
   * SELECT of ts, site, kind, router, object, old, new, cause, detail and lasted_ms: all events of the sites `{sites:Array(String)}` with
   * `{from:Int64}` <= ts < `{to:Int64}`, Unix ms, each (site, kind, router, object, ts) once. Reads raw tables with FINAL from `from - lookbackMs`
   * on, and nothing of its result depends on where the range lies: other ranges give the same events.
   */
  readonly select: string;
  /**
   * SELECT of site and router: those of the sites whose rows may tell an event of the range; too many rather than too few. `select` then reads
   * those in `{routers:Array(Tuple(String, String))}` alone, and is not run where there are none. Left out: `select` looks for itself.
   */
  readonly candidates?: string;
  /**
   * SELECT DISTINCT of origin and site, where events of a site look at rows of others: rows of the sites `{sites:Array(String)}` (each an origin)
   * from `{from:Int64}` on can change events of these sites up to `{to:Int64}`, Unix ms. Left out: of none.
   */
  readonly spread?: string;
}
