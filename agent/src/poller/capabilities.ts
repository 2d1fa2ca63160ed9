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
  return new Known();
}

class Known implements Capabilities {
  /** When each absent menu was asked for. */
  readonly #absent = new Map<string, number>();
  #version: string | undefined;
  #confirmed = true;

  lacks(path: string, nowMs: number): boolean {
    if (!this.#confirmed) {
      this.#absent.clear();
      this.#confirmed = true;
    }
    const askedMs = this.#absent.get(path);
    return askedMs !== undefined && nowMs - askedMs < ABSENCE_BELIEVED_MS;
  }

  noteAbsent(path: string, nowMs: number): void {
    this.#absent.set(path, nowMs);
  }

  sessionOpened(): void {
    this.#confirmed = false;
  }

  noteSystem(version: string, rebooted: boolean): void {
    if (rebooted || (this.#version !== undefined && this.#version !== version)) this.#absent.clear();
    this.#version = version;
    this.#confirmed = true;
  }

  forget(): void {
    this.#absent.clear();
  }
}
