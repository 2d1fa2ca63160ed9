/**
 * Limits the memory of one process: by a control group of its own where one can be made, else by looking at its resident set
 * and killing it. Children of the process are not limited: they are moved out of the group as soon as they are seen.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildSpec } from '../stack/child.ts';
import { rssMb } from '../stack/usage.ts';
import { type GroupPlace, groupPlaces } from './group-place.ts';

/** `none`: this system does not tell what a process uses. */
export type LimitKind = GroupPlace['kind'] | 'watched' | 'none';

export interface MemoryLimit extends Disposable {
  readonly kind: LimitKind;
  /** For people: what enforces the limit, and on what. */
  readonly description: string;
  /** The same program, started under the limit. One that goes beyond it is killed (SIGKILL). */
  readonly onto: (spec: ChildSpec) => ChildSpec;
}

const BYTES_PER_MIB = 2 ** 20;
const LOOKS_PER_S = 4;
/** A child is seen before it has loaded anything. */
const CHILDREN_LOOK_MS = 20;
/** Becomes a member of the group that the first word names, then the command behind it. */
const ENTER = ['sh', '-c', 'echo $$ > "$0" && exec "$@"'] as const;

/** A limit by control group, the watched one where no group can be made, or none where neither works. */
export function createMemoryLimit(limitMb: number): MemoryLimit {
  for (const place of groupPlaces()) {
    const limit = createGroupLimit(limitMb, place);
    if (limit !== undefined) return limit;
  }
  return rssMb(process.pid) === null ? NO_LIMIT : createWatchedLimit(limitMb);
}

const NO_LIMIT: MemoryLimit = {
  kind: 'none',
  description: 'none: this system does not tell what a process uses; Linux does',
  onto: (spec) => spec,
  [Symbol.dispose]() {},
};

/** Undefined when the place allows no group that limits. */
function createGroupLimit(limitMb: number, place: GroupPlace): MemoryLimit | undefined {
  const folder = join(place.parent, `poplar-incident-${process.pid}`);
  const members = join(folder, 'cgroup.procs');
  if (!makeGroup(folder, place, limitMb)) return undefined;
  const outside = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  return {
    kind: place.kind,
    description: `${limitMb} MiB for the hub's process by ${place.kind} (${folder}); the engine is outside of it`,
    onto: (spec) => ({
      ...spec,
      launcher: [...ENTER, members],
      onStart(pid) {
        timer = setInterval(() => {
          for (const child of childrenOf(pid)) if (!outside.has(child) && move(child, place.own)) outside.add(child);
        }, CHILDREN_LOOK_MS);
      },
    }),
    [Symbol.dispose]() {
      clearInterval(timer);
      removeGroup(folder);
    },
  };
}

/** Kills the process when a look finds it beyond the limit. Peaks between two looks go unnoticed. */
export function createWatchedLimit(limitMb: number): MemoryLimit {
  let timer: NodeJS.Timeout | undefined;
  return {
    kind: 'watched',
    description: `${limitMb} MiB for the hub's process, watched ${LOOKS_PER_S} times a second (no memory cgroup can be made here); the engine is outside of it`,
    onto: (spec) => ({
      ...spec,
      onStart(pid) {
        timer = setInterval(() => {
          const mb = rssMb(pid);
          if (mb === null) clearInterval(timer);
          else if (mb > limitMb) process.kill(pid, 'SIGKILL');
        }, 1000 / LOOKS_PER_S);
      },
    }),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** True when the group is there, has its limit, and takes processes. */
function makeGroup(folder: string, { limitFile, swapFile, swap }: GroupPlace, limitMb: number): boolean {
  const bytes = limitMb * BYTES_PER_MIB;
  try {
    mkdirSync(folder);
  } catch {
    return false;
  }
  try {
    writeFileSync(join(folder, limitFile), String(bytes));
    if (existsSync(join(folder, swapFile))) writeFileSync(join(folder, swapFile), swap(bytes));
    const [command, ...words] = [...ENTER, join(folder, 'cgroup.procs'), 'true'];
    if (spawnSync(command, words, { stdio: 'ignore' }).status === 0) return true;
  } catch {
    // Not allowed to, or memory is not for this group to limit.
  }
  removeGroup(folder);
  return false;
}

function removeGroup(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something lives in it that should not: an empty name in the tree is no reason to fail.
  }
}

function childrenOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')
      .filter((word) => word !== '');
  } catch {
    return [];
  }
}

/** False when the process has ended meanwhile. */
function move(pid: string, group: string): boolean {
  try {
    writeFileSync(join(group, 'cgroup.procs'), pid);
    return true;
  } catch {
    return false;
  }
}
