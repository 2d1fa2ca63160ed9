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

/** Between the readings of the two clocks nothing holds a process up for longer than this, unless the machine is busy. */
const READING_MS = 5;
const READINGS_MAX = 5;

const systemSources: ClockSources = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };

/**
 * A clock anchored to the wall clock when it is made. It extends the monotonic clock and drifts towards the wall
 * clock; a step re-anchors it and starts a new generation. Every reading looks for a step, so a time and the
 * generation read after it belong together.
 */
export function createClock(sources: ClockSources = systemSources): Clock {
  const first = readBoth(sources);
  let readAtMs = first.afterMs;
  let timeMs = first.wallMs;
  let generation = 0;

  function read(): number {
    const { beforeMs, wallMs, afterMs } = readBoth(sources);
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

interface BothClocks {
  readonly beforeMs: number;
  readonly wallMs: number;
  readonly afterMs: number;
}

/** The wall clock, and the monotonic one before and after: the closest of some readings, where something held the process up in between. */
function readBoth(sources: ClockSources): BothClocks {
  const once = (): BothClocks => ({
    beforeMs: sources.monotonicMs(),
    wallMs: sources.wallMs(),
    afterMs: sources.monotonicMs(),
  });
  const spanMs = ({ beforeMs, afterMs }: BothClocks): number => afterMs - beforeMs;
  let closest = once();
  for (let readings = 1; readings < READINGS_MAX && spanMs(closest) > READING_MS; readings++) {
    const next = once();
    if (spanMs(next) <= spanMs(closest)) closest = next;
  }
  return closest;
}
