/** What one router is known to lack, so that it is not asked for it at every visit. */

/**
 * What is missing comes with another version or with a package, and both take a reboot. Longer than this it is not believed
 * all the same: a router that has just booted may say that it lacks what it has not started yet.
 */
export const ABSENCE_BELIEVED_MS = 3600_000;

export interface Capabilities {
  /** True when the router has said that it has no such menu, and nothing has happened since that could have brought it. */
  lacks(path: string, nowMs: number): boolean;
  noteAbsent(path: string, nowMs: number): void;
  /** A new session: whether the router is still the same is not known until noteSystem says so, and nothing is believed. */
  sessionOpened(): void;
  /** The version that the router runs now, and whether it has booted since the last time. */
  noteSystem(version: string, rebooted: boolean): void;
  /** Another device answers under the router's name. */
  forget(): void;
}

export function createCapabilities(): Capabilities {
  /** When each absent menu was asked for. */
  const absent = new Map<string, number>();
  let version: string | undefined;
  let confirmed = true;
  return {
    lacks(path, nowMs) {
      if (!confirmed) {
        absent.clear();
        confirmed = true;
      }
      const askedMs = absent.get(path);
      return askedMs !== undefined && nowMs - askedMs < ABSENCE_BELIEVED_MS;
    },
    noteAbsent: (path, nowMs) => void absent.set(path, nowMs),
    sessionOpened() {
      confirmed = false;
    },
    noteSystem(current, rebooted) {
      if (rebooted || (version !== undefined && version !== current)) absent.clear();
      version = current;
      confirmed = true;
    },
    forget: () => absent.clear(),
  };
}
