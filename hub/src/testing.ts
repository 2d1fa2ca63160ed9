/** A hub as a process, for tests of what runs beside it. */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const HUB = new URL('./main.ts', import.meta.url).pathname;

const readyMessage = z.object({ grpcPort: z.number(), httpPort: z.number() });

export interface TestHub extends AsyncDisposable {
  /** Holds the configuration and the data; removed on dispose. */
  readonly folder: string;
  /** Its configuration file. */
  readonly config: string;
  readonly grpcPort: number;
  readonly httpPort: number;
}

/** Starts a hub with the embedded engine and one agent, fra1, and resolves when it is ready. */
export async function startTestHub(token: string): Promise<TestHub> {
  const folder = mkdtempSync(join(tmpdir(), 'poplar-hub-'));
  const config = join(folder, 'hub.yaml');
  writeFileSync(
    config,
    `data_dir: ./data
http: { port: 0 }
grpc: { port: 0 }
clickhouse: { embedded: { port: ${await freePort()}, memory_bytes_max: 1073741824 } }
agents: [{ name: fra1, token: ${token} }]
log: { level: error }
`,
  );
  const hub: ChildProcess = fork(HUB, ['--config', config], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const [ready] = await once(hub, 'message');
  return {
    folder,
    config,
    ...readyMessage.parse(ready),
    async [Symbol.asyncDispose]() {
      const ended = once(hub, 'exit');
      hub.send({ type: 'stop' });
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port that nobody had a moment ago: a tool must know the engine's port from the file. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a verb of the hub as an operator does. */
export function runHubVerb(...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [HUB, ...words], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
