/** Where this process may make a memory control group, as Linux's /proc tells it. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** A group below which another one can be tried. */
export interface GroupPlace {
  readonly kind: 'cgroup v1' | 'cgroup v2';
  /** Folder of the new group's parent. */
  readonly parent: string;
  /** Folder of the group that this process is in. */
  readonly own: string;
  /** File of a group that takes its limit, in bytes. */
  readonly limitFile: string;
  /** File that keeps the limit from being dodged by swapping, and what it takes. */
  readonly swapFile: string;
  readonly swap: (limitBytes: number) => string;
}

/** Places in the order in which they should be tried; none on other systems than Linux. */
export function groupPlaces(): GroupPlace[] {
  return placesOf(read('/proc/self/mounts'), read('/proc/self/cgroup'));
}

/** The same from the two files' text. */
export function placesOf(mounts: string, groups: string): GroupPlace[] {
  const mounted = mounts.split('\n').map((line) => line.split(' '));
  const joined = groups.split('\n').map((line) => /^(\d+):([^:]*):(.*)$/.exec(line));
  const places: GroupPlace[] = [];
  const v1 = mounted.find(([, , type, options]) => type === 'cgroup' && options?.split(',').includes('memory'))?.[1];
  const v1Path = joined.find((match) => match?.[2]?.split(',').includes('memory'))?.[3];
  if (v1 !== undefined && v1Path !== undefined) {
    const own = resolve(v1, `.${v1Path}`);
    const files = { limitFile: 'memory.limit_in_bytes', swapFile: 'memory.memsw.limit_in_bytes', swap: String };
    places.push({ kind: 'cgroup v1', parent: own, own, ...files });
  }
  const v2 = mounted.find(([, , type]) => type === 'cgroup2')?.[1];
  const v2Path = joined.find((match) => match?.[1] === '0')?.[3];
  if (v2 !== undefined && v2Path !== undefined) {
    const own = resolve(v2, `.${v2Path}`);
    const files = { limitFile: 'memory.max', swapFile: 'memory.swap.max', swap: () => '0' };
    places.push({ kind: 'cgroup v2', parent: own, own, ...files });
    // A group that has processes passes no memory on to groups below it: one beside it may be allowed.
    if (v2Path !== '/') places.push({ kind: 'cgroup v2', parent: dirname(own), own, ...files });
  }
  return places;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
