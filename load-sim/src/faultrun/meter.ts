/** What a part of the run has used over all its processes, those that were killed included. */
import { cpuSeconds, peakRssMb } from '../stack/usage.ts';

export interface Meter {
  /** Reads what the part's process uses now. Call it now and then, and before a process is ended. */
  note(part: string, pid: number | undefined): void;
  /** The largest peak of any of its processes, MiB. */
  peakRssMb(part: string): number | null;
  /** Percent of one core over so long. */
  cpuPercent(part: string, seconds: number): number | null;
}

export function createMeter(): Meter {
  const rss = new Map<string, number>();
  const cpu = new Map<string, Map<number, number>>();
  return {
    note(part, pid) {
      if (pid === undefined) return;
      const peak = peakRssMb(pid);
      if (peak !== null) rss.set(part, Math.max(peak, rss.get(part) ?? 0));
      const used = cpuSeconds(pid);
      if (used === null) return;
      const own = cpu.get(part) ?? new Map<number, number>();
      cpu.set(part, own.set(pid, used));
    },
    peakRssMb: (part) => rss.get(part) ?? null,
    cpuPercent(part, seconds) {
      const own = cpu.get(part);
      if (own === undefined) return null;
      return Math.round((Array.from(own.values()).reduce((sum, one) => sum + one, 0) / seconds) * 1000) / 10;
    },
  };
}
