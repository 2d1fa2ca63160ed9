/** What the rest of the hub may ask about the flow of batches. */
export interface HubStatus {
  /** Rows confirmed by ClickHouse per second, over the last ten seconds. */
  rowsPerSecond(): number;
  /** From the end of a poll to the confirmed insert, ms, over about the last five minutes; null before the first. */
  pollToStoredMs(): { readonly p50: number | null; readonly p99: number | null };
  /** Whether batches can be stored now, and if not, why. */
  ready(): { readonly ready: boolean; readonly reasons: readonly string[] };
}
