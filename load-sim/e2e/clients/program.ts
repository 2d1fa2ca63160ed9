/** Runs a client program: an independent RouterOS client in a process of its own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { RouterPlan } from '../../src/router-plan.ts';
import { type Ask, readTold, type Told } from './ask.ts';

export type ClientName = 'node-routeros' | 'routeros-client' | 'mikronode-ng';

export interface Ended {
  /** Node's exit codes: 1 of an exception that nobody caught, 13 of a promise that nothing can settle any more. */
  readonly code: unknown;
  readonly told: readonly Told[];
  readonly stderr: string;
}

/** Lets a client talk to a router, and returns when its process has ended. */
export function runClient(client: ClientName, router: RouterPlan, ask: Partial<Ask>): Promise<Ended> {
  const { address: host, port, user, password } = router;
  const whole: Ask = { host, port, user, password, ...ask };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, `${client}.ts`), JSON.stringify(whole)],
      { timeout: 30_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, told: readTold(stdout), stderr }),
    );
  });
}
