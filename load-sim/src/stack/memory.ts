/** Resident sets over the length of a run: whether a process settles or grows. */
import { median } from '../statistics.ts';
import { rssMb } from './usage.ts';

const LOOK_MS = 1000;
const QUARTERS = 4;

export interface MemoryWatch {
  /** The median resident set of each quarter of the time since the start, MiB; null when there are too few looks or none. */
  quartersMb(pid: number): readonly number[] | null;
  stop(): void;
}

/** Looks once a second. */
export function watchMemory(pids: readonly number[]): MemoryWatch {
  const looks = new Map(pids.map((pid) => [pid, [] as number[]]));
  const timer = setInterval(() => {
    for (const [pid, seen] of looks) {
      const mb = rssMb(pid);
      if (mb !== null) seen.push(mb);
    }
  }, LOOK_MS);
  return {
    quartersMb: (pid) => quarters(looks.get(pid) ?? []),
    stop: () => clearInterval(timer),
  };
}

/** The medians of four runs of looks, equally long, to a tenth; null for fewer than four looks. */
export function quarters(looks: readonly number[]): readonly number[] | null {
  if (looks.length < QUARTERS) return null;
  const edge = (quarter: number): number => Math.floor((quarter * looks.length) / QUARTERS);
  return Array.from({ length: QUARTERS }, (_, quarter) => {
    const middle = median(looks.slice(edge(quarter), edge(quarter + 1)));
    return Math.round(10 * middle) / 10;
  });
}
