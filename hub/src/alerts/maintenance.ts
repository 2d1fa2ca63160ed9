/** Maintenance windows: when nobody wants to hear of a site or a router. Pure. */
import { fits } from './glob.ts';

/** In the order of Date.getUTCDay. */
export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Day = (typeof DAYS)[number];

export interface MaintenanceWindow {
  readonly name: string;
  /** Patterns; none: every site. */
  readonly sites: readonly string[];
  /** Patterns; none: every router, and the site as a whole. */
  readonly routers: readonly string[];
  readonly when: Once | Weekly;
}

/** Once, Unix ms; the end is exclusive. */
interface Once {
  readonly kind: 'once';
  readonly fromMs: number;
  readonly toMs: number;
}

/** Every week by the clock of a time zone. One that ends before it begins ends on the day after. */
interface Weekly {
  readonly kind: 'weekly';
  readonly days: readonly Day[];
  /** Minutes since midnight. */
  readonly fromMinute: number;
  readonly toMinute: number;
  /** IANA name. */
  readonly timeZone: string;
}

/** The first window that covers a router, or a site as a whole when the router is empty, at a moment. */
export function maintenanceOf(
  windows: readonly MaintenanceWindow[],
  { site, router }: { readonly site: string; readonly router: string },
  atMs: number,
): MaintenanceWindow | undefined {
  return windows.find(
    (window) =>
      isOn(window.when, atMs) &&
      fits(site, window.sites) &&
      (window.routers.length === 0 || (router !== '' && fits(router, window.routers))),
  );
}

function isOn(when: Once | Weekly, atMs: number): boolean {
  if (when.kind === 'once') return atMs >= when.fromMs && atMs < when.toMs;
  const { days, fromMinute, toMinute, timeZone } = when;
  const { day, minute } = localTime(atMs, timeZone);
  const isDay = (index: number): boolean => days.some((name) => name === DAYS[index]);
  if (fromMinute < toMinute) return isDay(day) && minute >= fromMinute && minute < toMinute;
  return (isDay(day) && minute >= fromMinute) || (isDay((day + 6) % 7) && minute < toMinute);
}

function localTime(atMs: number, timeZone: string): { readonly day: number; readonly minute: number } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(atMs);
  const part = (type: string): string => parts.find((found) => found.type === type)?.value ?? '';
  const name = part('weekday').toLowerCase();
  return { day: DAYS.findIndex((day) => day === name), minute: Number(part('hour')) * 60 + Number(part('minute')) };
}
