import { NOT_KNOWN } from './rate.ts';

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const minute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' });
const offset = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'shortOffset' });

/** A time of day in the browser's zone: `10:23:40`. */
export function formatClock(ms: number | null): string {
  return ms === null ? NOT_KNOWN : clock.format(ms);
}

/** A time of day without seconds: `10:23`. */
export function formatMinute(ms: number): string {
  return minute.format(ms);
}

/** A date in the browser's zone: `2026-11-23`. */
export function formatDay(ms: number): string {
  return day.format(ms);
}

/** A moment: the time of day today, with the date on any other day. */
export function formatMoment(ms: number | null, nowMs: number): string {
  if (ms === null) return NOT_KNOWN;
  const date = day.format(ms);
  return date === day.format(nowMs) ? clock.format(ms) : `${date} ${minute.format(ms)}`;
}

/** The moment in ISO 8601, UTC: what a title shows on hover. */
export function formatIso(ms: number | null): string {
  return ms === null ? '' : new Date(ms).toISOString();
}

/** The browser's zone with its offset now: `Europe/Berlin (GMT+1)`. */
export function zoneName(nowMs: number): string {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const shift = offset.formatToParts(nowMs).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  return name === 'UTC' ? 'UTC' : `${name} (${shift})`;
}
