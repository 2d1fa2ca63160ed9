/** Resident sets over time. */
import { rssMb } from '../../stack/usage.ts';

export interface RssTrack {
  /** Reads what a part's process uses now; nothing while there is none. */
  note(part: string, pid: number | undefined, atMs: number): void;
  /** The most that a part used between two times, MiB; null when it was not read then. */
  peakMb(part: string, fromMs: number, toMs: number): number | null;
}

export function createRssTrack(): RssTrack {
  const readings: { readonly part: string; readonly atMs: number; readonly mb: number }[] = [];
  return {
    note(part, pid, atMs) {
      const mb = pid === undefined ? null : rssMb(pid);
      if (mb !== null) readings.push({ part, atMs, mb });
    },
    peakMb(part, fromMs, toMs) {
      const own = readings.filter((one) => one.part === part && one.atMs >= fromMs && one.atMs < toMs);
      return own.length === 0 ? null : Math.max(...own.map(({ mb }) => mb));
    },
  };
}
