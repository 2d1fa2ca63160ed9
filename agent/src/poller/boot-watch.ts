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
  return new Watch();
}

class Watch implements BootWatch {
  /** Latest possible time of the boot, by the newest uptime; and when that was read. */
  #bootAtMostMs: number | undefined;
  #readAtMs = 0;
  #newestUptimeMs = 0;

  rebooted(uptimeMs: number, sentAtMs: number, receivedAtMs: number): boolean {
    const bootAtLeastMs = sentAtMs - uptimeMs - RESOLUTION_MS;
    const slackMs = TOLERANCE_MS + (receivedAtMs - this.#readAtMs) * DRIFT;
    const later = this.#bootAtMostMs !== undefined && bootAtLeastMs > this.#bootAtMostMs + slackMs;
    const rebooted = later || uptimeMs < this.#newestUptimeMs;
    this.#newestUptimeMs = uptimeMs;
    this.#bootAtMostMs = receivedAtMs - uptimeMs;
    this.#readAtMs = receivedAtMs;
    return rebooted;
  }
}
