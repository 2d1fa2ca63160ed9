import { formatClock, formatDay, formatMinute } from '../format/time.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Labels for the time axis: seconds only where ticks are that close, the date under the first tick of each day.
 * @param ticksMs Unix ms, ascending.
 * @param stepMs distance of two ticks.
 */
export function timeLabels(ticksMs: readonly number[], stepMs: number): string[] {
  let before = '';
  return ticksMs.map((ms) => {
    const date = formatDay(ms);
    const first = date !== before;
    before = date;
    if (stepMs >= DAY_MS) return date.slice(5);
    const time = stepMs < MINUTE_MS ? formatClock(ms) : formatMinute(ms);
    return first ? `${time}\n${date.slice(5)}` : time;
  });
}
