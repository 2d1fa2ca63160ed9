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

/** A wall clock that disagrees with the monotonic one by more than this has stepped; less is slew or drift. */
const STEP_MS = 500;

const systemSources: ClockSources = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };

/**
 * A clock anchored to the wall clock when it is made. Between steps it extends the monotonic clock; small drift is
 * taken over only forwards, so that polls stay ordered; a step re-anchors it and starts a new generation.
 */
export function createClock(sources: ClockSources = systemSources): Clock {
  let anchorMs = sources.wallMs() - sources.monotonicMs();
  let newestMs = Number.NEGATIVE_INFINITY;
  let generation = 0;

  /** The system was asked at every reading, so that the time and the generation always belong together. */
  const read = (): number => {
    const monotonicMs = sources.monotonicMs();
    const wallMs = sources.wallMs();
    const skewMs = wallMs - (anchorMs + monotonicMs);
    if (Math.abs(skewMs) > STEP_MS) {
      anchorMs = wallMs - monotonicMs;
      newestMs = wallMs;
      generation++;
      return wallMs;
    }
    // NTP slews by at most half a millisecond a second: following it forwards and pausing for it backwards keeps
    // a process that runs for months within reach of the wall clock without ever counting as a step.
    anchorMs += skewMs;
    newestMs = Math.max(newestMs, anchorMs + monotonicMs);
    return newestMs;
  };

  return {
    nowMs: read,
    monotonicMs: () => sources.monotonicMs(),
    generation: () => {
      read();
      return generation;
    },
  };
}
