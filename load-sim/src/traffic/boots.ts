/** When a router booted: once in each period of some days, at a moment that the key decides, and when a fault made it. */
import type { FaultTrack } from '../faults/plan.ts';
import { between, derive, mix, unit } from './random.ts';

const DAY_MS = 86_400_000;

/** One run of a router. */
export interface Boot {
  /** Tells the runs of a router apart. */
  readonly number: number;
  /** Unix milliseconds, whole. */
  readonly atMs: number;
}

export interface BootSchedule {
  /** The run that a time belongs to. */
  at(atMs: number): Boot;
}

/** A router that boots every 4 to 30 days, counted from `originMs`, and whenever its faults have it reboot. */
export function createBootSchedule(key: number, originMs: number, faults: FaultTrack): BootSchedule {
  const usual = createUsualSchedule(key, originMs);
  return {
    at(atMs) {
      const boot = usual.at(atMs);
      const forcedMs = faults.last('reboot', atMs)?.fromMs;
      return forcedMs === undefined || forcedMs < boot.atMs ? boot : { number: forcedMs, atMs: forcedMs };
    },
  };
}

function createUsualSchedule(key: number, originMs: number): BootSchedule {
  const periodMs = Math.floor(between(derive(key, 'boot period'), 4 * DAY_MS, 30 * DAY_MS));
  const phaseMs = Math.floor(between(derive(key, 'boot phase'), 0, periodMs));
  const jitterKey = derive(key, 'boot jitter');
  let newest: Boot = boot(0);
  let nextAtMs = boot(1).atMs;

  function boot(number: number): Boot {
    const jitterMs = Math.floor(unit(mix(jitterKey, number)) * periodMs * 0.3);
    return { number, atMs: originMs - phaseMs + number * periodMs + jitterMs };
  }

  return {
    at(atMs) {
      // Asked for the same run at every poll: the newest answer is kept, it does not change what is answered.
      if (atMs >= newest.atMs && atMs < nextAtMs) return newest;
      const candidate = boot(Math.floor((atMs - originMs + phaseMs) / periodMs));
      newest = candidate.atMs <= atMs ? candidate : boot(candidate.number - 1);
      nextAtMs = boot(newest.number + 1).atMs;
      return newest;
    },
  };
}
