/** What every benchmark is given. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubPorts } from './hub.ts';

export interface BenchContext extends HubPorts {
  /** Folder of the set of 30 days. */
  readonly setFolder: string;
  /** First of two free ports for other programs. */
  readonly otherPort: number;
  readonly routerNet: string;
  readonly rounds: number;
  readonly print: (line: string) => void;
}

/** A folder that goes with the scope. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'poplar-bench-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
