/** Notices that a router has rebooted, from its uptime alone. */

/** Uptime is told in whole seconds, cut off. */
const RESOLUTION_MS = 1000;
/** What two honest clocks may differ by over the time between two visits, plus a second. */
const DRIFT = 0.001;
const TOLERANCE_MS = 1000;

export interface BootWatch {
  /**
   * Takes an uptime that was read between two times of the monotonic clock. Returns true when the router must have
   * booted since the last one: uptime fell, or grew by less than the time that passed.
   */
  rebooted(uptimeMs: number, sentAtMs: number, receivedAtMs: number): boolean;
}

export function createBootWatch(): BootWatch {
  /** Latest possible time of the boot, by the newest uptime; and when that was read. */
  let bootAtMostMs: number | undefined;
  let readAtMs = 0;
  let newestUptimeMs = 0;
  return {
    rebooted(uptimeMs, sentAtMs, receivedAtMs) {
      const bootAtLeastMs = sentAtMs - uptimeMs - RESOLUTION_MS;
      const slackMs = TOLERANCE_MS + (receivedAtMs - readAtMs) * DRIFT;
      const later = bootAtMostMs !== undefined && bootAtLeastMs > bootAtMostMs + slackMs;
      const rebooted = later || uptimeMs < newestUptimeMs;
      newestUptimeMs = uptimeMs;
      bootAtMostMs = receivedAtMs - uptimeMs;
      readAtMs = receivedAtMs;
      return rebooted;
    },
  };
}
