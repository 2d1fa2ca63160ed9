/** Runs the agent itself against the recording proxy, so that what is recorded is what agents ask. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { type Child, startChild } from '../stack/child.ts';

const AGENT = resolve(import.meta.dirname, '../../../agent');
/** Name of the router in the agent's own report. */
const ROUTER = 'router';

export interface AgentRunOptions {
  /** Of the proxy, on 127.0.0.1. */
  readonly port: number;
  readonly user: string;
  /** The agent reads it itself: no copy of the password is made. */
  readonly passwordFile: string;
  readonly allowMd5Login: boolean;
  readonly visits: number;
  readonly intervalMs: number;
  /** Until the router is logged in to. */
  readonly connectMs: number;
}

export interface AgentRun extends AsyncDisposable {
  readonly child: Child;
  /** What the agent printed about the router, once it has ended. */
  report(): Promise<string>;
}

/** Starts the agent, without a hub. Disposing stops it and removes what it was given. */
export async function startAgent(options: AgentRunOptions): Promise<AgentRun> {
  const folder = await mkdtemp(join(tmpdir(), 'poplar-record-'));
  const [configFile, logFile] = [join(folder, 'agent.yaml'), join(folder, 'agent.log')];
  await writeFile(configFile, configOf(options), { mode: 0o600 });
  const args = [join(AGENT, 'src/main.ts'), '--config', configFile, '--visits', String(options.visits)];
  const child = startChild({ name: 'the agent', args, logFile });
  return {
    child,
    report: () => readFile(logFile, 'utf8'),
    async [Symbol.asyncDispose]() {
      // As long as its own deadlines add up to, and a little.
      await child.stop(2 * options.connectMs);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The agent's version, as its package has it. */
export async function agentVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(AGENT, 'package.json'), 'utf8'));
  return z.object({ version: z.string() }).parse(manifest).version;
}

function configOf({ port, user, passwordFile, allowMd5Login, intervalMs, connectMs }: AgentRunOptions): string {
  return stringify({
    agent: 'recorder',
    site: 'recording',
    // Never called: an agent that is told its number of visits delivers nothing.
    hub: { addresses: ['127.0.0.1:4650'], token: 'unused' },
    poll: { interval_ms: intervalMs, connect_deadline_ms: connectMs },
    credentials: { default: { user, password_file: resolve(passwordFile), allow_md5_login: allowMd5Login } },
    routers: [{ name: ROUTER, address: '127.0.0.1', port }],
  });
}
