/** What a process uses, as Linux's /proc tells it; elsewhere null. */
import { readFileSync } from 'node:fs';

/** Clock ticks per second of /proc/<pid>/stat: 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100;
const KIB_PER_MIB = 1024;

/** The peak resident set (VmHWM), MiB, or null. */
export function peakRssMb(pid: number): number | null {
  return residentMb(pid, /^VmHWM:\s+(\d+) kB/m);
}

/** The resident set now (VmRSS), MiB with one decimal, or null. */
export function rssMb(pid: number): number | null {
  return residentMb(pid, /^VmRSS:\s+(\d+) kB/m, 1);
}

function residentMb(pid: number, line: RegExp, decimals = 0): number | null {
  const kib = line.exec(read(`/proc/${pid}/status`))?.[1];
  const unit = 10 ** decimals;
  return kib === undefined ? null : Math.round((unit * Number(kib)) / KIB_PER_MIB) / unit;
}

/** CPU time spent in user and system mode since the process started, seconds, or null. */
export function cpuSeconds(pid: number): number | null {
  const stat = read(`/proc/${pid}/stat`);
  // The command's name, in parentheses, may hold anything: the fields follow its last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [fields[11], fields[12]];
  return user === undefined || system === undefined ? null : (Number(user) + Number(system)) / TICKS_PER_S;
}

/** Measures the share of one core that processes use between two moments. */
export interface CpuMeter {
  /** Percent of one core since `start`, or null when the process could not be read. */
  percent(pid: number): number | null;
}

export function startCpuMeter(pids: readonly number[], nowMs: () => number): CpuMeter {
  const sinceMs = nowMs();
  const before = new Map(pids.map((pid) => [pid, cpuSeconds(pid)]));
  return {
    percent(pid) {
      const [from, to] = [before.get(pid) ?? null, cpuSeconds(pid)];
      if (from === null || to === null) return null;
      return Math.round(((to - from) / ((nowMs() - sinceMs) / 1000)) * 1000) / 10;
    },
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
