/** The JavaScript runtimes that the agent runs on, and how it is started on each. */
import { join, resolve } from 'node:path';

export const REPO = resolve(import.meta.dirname, '../..');
export const AGENT = join(REPO, 'agent/src/main.ts');

export interface Runtime {
  readonly name: 'Node' | 'Bun' | 'Deno';
  /** The program that runs a TypeScript file, and its arguments before the file. `folder` is where the agent may write. */
  readonly command: (folder: string) => readonly [program: string, ...args: string[]];
  /** What its environment has besides that of the test. `folder` takes its caches. */
  readonly environment: (folder: string) => Readonly<Record<string, string>>;
  /** Whether it has anonymous Diffie-Hellman suites. */
  readonly anonymous: boolean;
}

const bin = (name: string): string => join(REPO, 'node_modules/.bin', name);
const nothing = (): Readonly<Record<string, string>> => ({});

export const RUNTIMES: readonly Runtime[] = [
  { name: 'Node', command: () => [process.execPath], environment: nothing, anonymous: true },
  { name: 'Bun', command: () => [bin('bun')], environment: nothing, anonymous: false },
  {
    name: 'Deno',
    // All that it needs, and no more: sys is for the host's name and the memory of the process.
    command: (folder) => [
      bin('deno'),
      'run',
      '--no-prompt',
      '--allow-net',
      '--allow-read',
      `--allow-write=${folder}`,
      '--allow-env',
      '--allow-sys',
    ],
    environment: (folder) => ({ DENO_DIR: join(folder, 'deno'), DENO_NO_UPDATE_CHECK: '1' }),
    anonymous: false,
  },
];
