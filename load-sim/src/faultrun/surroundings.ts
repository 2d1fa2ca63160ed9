/** What the agent of a run lives on besides its network: a disk that can be full and a clock that can be stepped, where faults need them. */
import { join } from 'node:path';
import type { ChildSpec } from '../stack/child.ts';
import { type AgentClock, createAgentClock } from './agent-clock.ts';
import type { FaultKind } from './kinds.ts';
import { mountSpoolDisk, type SpoolDisk } from './spool-disk.ts';

export interface Surroundings extends AsyncDisposable {
  /** Undefined: none that can be full, or be stepped. */
  readonly disk: SpoolDisk | undefined;
  readonly clock: AgentClock | undefined;
  /** The spool as the agent sees it, and as this process does. */
  readonly spoolFolder: string;
  readonly spoolPath: string;
  /** The agent's program within. */
  within(program: ChildSpec): ChildSpec;
}

/** `endMs`: when the run will be over at the latest. Throws StackError where there cannot be such a disk. */
export async function createSurroundings(root: string, kinds: readonly FaultKind[], endMs: number): Promise<Surroundings> {
  const disk = kinds.includes('spool_full') ? await mountSpoolDisk(join(root, 'disk')) : undefined;
  const clock = kinds.includes('clock_step') ? createAgentClock(join(root, 'clock'), endMs) : undefined;
  const spoolFolder = join(root, disk === undefined ? 'spool' : 'disk/spool');
  return {
    disk,
    clock,
    spoolFolder,
    spoolPath: disk === undefined ? spoolFolder : join(disk.path, 'spool'),
    within: (program) => ({
      ...program,
      args: [...(clock?.args ?? []), ...program.args],
      env: { ...program.env, ...clock?.env },
      ...(disk === undefined ? {} : { launcher: disk.inside }),
    }),
    [Symbol.asyncDispose]: async () => await disk?.[Symbol.asyncDispose](),
  };
}
