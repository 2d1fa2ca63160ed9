/**
 * SQL condition for from_ms <= ts < to_ms. The tables' keys start with the hour, which prunes only when the condition repeats the
 * expression (one port's day: 14.7 ms instead of a scan).
 * @param from SQL expression of type Int64, Unix ms
 * @param to the same
 */
export function timeBounds(from: string, to: string): string {
  const [start, end] = [from, to].map((ms) => `fromUnixTimestamp64Milli(${ms}, 'UTC')`);
  return (
    `ts >= ${start} AND ts < ${end}\n` +
    `      AND toStartOfHour(ts) >= toStartOfHour(${start}) AND toStartOfHour(ts) <= toStartOfHour(${end})`
  );
}

/** Condition for a poll that the router answered. */
export const ANSWERED = "outcome IN ('ok', 'partial')";

/** Interface types that carry traffic in and out of a router; bridges, VLANs and tunnels would count it twice. */
export const PHYSICAL_TYPES = "('ether', 'wlan', 'wifi', 'lte', 'w60g')";
