/** JavaScript runtimes that the agent runs on. */
export type Runtime = 'Node' | 'Bun' | 'Deno';

/** The runtime of this process. Bun and Deno also say that they are Node. */
export function currentRuntime(): Runtime {
  if (process.versions['bun'] !== undefined) return 'Bun';
  return process.versions['deno'] === undefined ? 'Node' : 'Deno';
}
