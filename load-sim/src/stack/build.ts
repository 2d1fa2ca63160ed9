import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { StackError } from './run.ts';

const REPO = resolve(import.meta.dirname, '../../..');

/** Builds the agent and the viewer as `npm start` does; what is built already takes no time. Throws StackError. */
export async function buildPrograms(): Promise<void> {
  const turbo = spawn(resolve(REPO, 'node_modules/.bin/turbo'), ['run', 'build', '--output-logs=errors-only'], {
    cwd: REPO,
    // stdout may be for a result alone.
    stdio: ['ignore', process.stderr, process.stderr],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
  });
  const code = await new Promise<number | null>((settle, fail) => {
    turbo.once('error', fail);
    turbo.once('close', settle);
  });
  if (code !== 0) throw new StackError(`Cannot build the agent and the viewer: turbo ended with ${code}; see above`);
}
