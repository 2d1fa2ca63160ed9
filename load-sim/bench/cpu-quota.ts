/** Confines processes to a share of a core, by a control group of their own. Linux only, and only where one can be made. */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface CpuQuota extends Disposable {
  /** Which control groups it uses, for people. */
  readonly kind: 'cgroup v1' | 'cgroup v2';
  /** Confines all threads of a process; each process that enters shares the quota. */
  enter(pid: number): void;
}

const PERIOD_US = 20_000;

/** `percent` of one core for all that enter. Undefined where the system allows no such group. */
export function createCpuQuota(name: string, percent: number): CpuQuota | undefined {
  const quotaUs = Math.round((PERIOD_US * percent) / 100);
  for (const { kind, parent, limits } of places(quotaUs)) {
    const folder = join(parent, `poplar-bench-${process.pid}-${name}`);
    try {
      mkdirSync(folder);
    } catch {
      continue;
    }
    try {
      for (const [file, value] of limits) writeFileSync(join(folder, file), value);
    } catch {
      rmdirSync(folder);
      continue;
    }
    return {
      kind,
      enter: (pid) => writeFileSync(join(folder, 'cgroup.procs'), String(pid)),
      [Symbol.dispose]() {
        try {
          rmdirSync(folder);
        } catch {
          // A process is still in it: an empty name in the tree is no reason to fail.
        }
      },
    };
  }
  return undefined;
}

function* places(quotaUs: number) {
  const mounted = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const joined = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .map((line) => /^(\d+):([^:]*):(.*)$/.exec(line));
  const v1 = mounted.find(([, , type, options]) => type === 'cgroup' && options?.split(',').includes('cpu'))?.[1];
  const v1Path = joined.find((match) => match?.[2]?.split(',').includes('cpu'))?.[3];
  if (v1 !== undefined && v1Path !== undefined)
    yield {
      kind: 'cgroup v1' as const,
      parent: resolve(v1, `.${v1Path}`),
      limits: [
        ['cpu.cfs_period_us', String(PERIOD_US)],
        ['cpu.cfs_quota_us', String(quotaUs)],
      ] as const,
    };
  const v2 = mounted.find(([, , type]) => type === 'cgroup2')?.[1];
  const v2Path = joined.find((match) => match?.[1] === '0')?.[3];
  if (v2 !== undefined && v2Path !== undefined)
    yield {
      kind: 'cgroup v2' as const,
      parent: resolve(v2, `.${v2Path}`),
      limits: [['cpu.max', `${quotaUs} ${PERIOD_US}`]] as const,
    };
}
