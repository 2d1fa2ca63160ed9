/** The agent's time: Unix milliseconds that never step back, and a plain stopwatch. */
export interface Clock {
  /** Unix milliseconds, fractional. Runs with the monotonic clock and never goes back within a generation. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start, for durations and deadlines. */
  monotonicMs(): number;
  /** Rises each time the system's clock was found to have stepped: times before and after must not be subtracted. */
  generation(): number;
}

/** Where the clock reads time from. Both in milliseconds. */
export interface ClockSources {
  wallMs(): number;
  monotonicMs(): number;
}

/** A wall clock that disagrees with the monotonic one by more than this has stepped. */
const STEP_MS = 500;

/**
 * How fast smaller differences are made up for, milliseconds per millisecond: a rate computed over such a stretch is wrong by 1 % at
 * most. NTP drifts a wall clock by 0.05 %, and on a virtual machine the wall clock was seen to leave the monotonic one by some 0.4 %: it
 * is followed, so that it never adds up to a step.
 */
const SLEW = 0.01;

const systemSources: ClockSources = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };

/**
 * A clock anchored to the wall clock when it is made. It extends the monotonic clock and drifts towards the wall
 * clock; a step re-anchors it and starts a new generation. Every reading looks for a step, so a time and the
 * generation read after it belong together.
 */
export function createClock(sources: ClockSources = systemSources): Clock {
  let readAtMs = sources.monotonicMs();
  let timeMs = sources.wallMs();
  let generation = 0;

  function read(): number {
    const beforeMs = sources.monotonicMs();
    const wallMs = sources.wallMs();
    const afterMs = sources.monotonicMs();
    const elapsedMs = afterMs - readAtMs;
    // The wall clock was read in between, where a busy machine may have held the process up.
    const latestMs = timeMs + elapsedMs;
    const earliestMs = latestMs - (afterMs - beforeMs);
    const skewMs = wallMs - Math.min(latestMs, Math.max(earliestMs, wallMs));
    readAtMs = afterMs;
    if (Math.abs(skewMs) > STEP_MS) {
      generation++;
      timeMs = wallMs;
    } else {
      const slewMax = elapsedMs * SLEW;
      timeMs = latestMs + Math.max(-slewMax, Math.min(slewMax, skewMs));
    }
    return timeMs;
  }

  return {
    nowMs: read,
    monotonicMs: () => sources.monotonicMs(),
    generation() {
      read();
      return generation;
    },
  };
}
