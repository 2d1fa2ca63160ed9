import { expect, it } from 'vitest';
import { placesOf } from './group-place.ts';

const parents = (mounts: string, groups: string): string[] =>
  placesOf(mounts, groups).map(({ kind, parent, limitFile }) => `${kind} ${parent} ${limitFile}`);

it('v2 alone: below the own group, then beside it', () => {
  const mounts = 'proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n';
  expect(parents(mounts, '0::/user.slice/session-1.scope\n')).toEqual([
    'cgroup v2 /sys/fs/cgroup/user.slice/session-1.scope memory.max',
    'cgroup v2 /sys/fs/cgroup/user.slice memory.max',
  ]);
  expect(parents(mounts, '0::/\n')).toEqual(['cgroup v2 /sys/fs/cgroup memory.max']);
});

it('v1: the hierarchy that limits memory, whatever it shares it with', () => {
  const mounts =
    'cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup /sys/fs/cgroup/mem cgroup rw,relatime,memory 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n';
  const groups = '5:cpu:/\n4:hugetlb,memory:/docker/abc\n0::/\n';
  expect(parents(mounts, groups)).toEqual([
    'cgroup v1 /sys/fs/cgroup/mem/docker/abc memory.limit_in_bytes',
    'cgroup v2 /sys/fs/cgroup/unified memory.max',
  ]);
});

it('none where the system has no groups', () => {
  expect(parents('', '')).toEqual([]);
});
