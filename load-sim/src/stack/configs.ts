/** The configuration files of the stack's agent and hub. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Fleet } from '../fleet.ts';
import type { StackFlags } from './flags.ts';

/** Name of the stack's agent, and the site of none of its routers. */
export const AGENT = 'agent1';

/** Where the stack keeps things. */
export interface StackFolder {
  readonly root: string;
  readonly hubConfig: string;
  readonly agentConfig: string;
  readonly fleetFile: string;
  readonly journalFile: string;
  logFile(name: string): string;
}

export function stackFolder(root: string): StackFolder {
  mkdirSync(join(root, 'logs'), { recursive: true });
  return {
    root,
    hubConfig: join(root, 'hub.yaml'),
    agentConfig: join(root, 'agent.yaml'),
    fleetFile: join(root, 'fleet.json'),
    journalFile: join(root, 'truth.journal'),
    logFile: (name) => join(root, 'logs', `${name}.log`),
  };
}

/** Writes hub.yaml and agent.yaml for the fleet; the agent's token is made once and kept beside them. */
export function writeConfigs(folder: StackFolder, fleet: Fleet, flags: StackFlags): void {
  const tokenFile = join(folder.root, 'agent-token');
  if (!existsSync(tokenFile)) writeSecret(tokenFile, randomBytes(32).toString('base64url'));
  const token = readFileSync(tokenFile, 'utf8').trim();
  const hub = {
    data_dir: join(folder.root, 'hub'),
    http: { port: flags.httpPort },
    grpc: { port: flags.grpcPort },
    clickhouse: { embedded: { port: flags.clickhousePort } },
    agents: [{ name: AGENT, token }],
    log: { level: flags.logLevel },
  };
  const [first] = fleet.routers;
  const agent = {
    agent: AGENT,
    site: first?.site,
    hub: { addresses: [`127.0.0.1:${flags.grpcPort}`], token },
    poll: { interval_ms: flags.intervalMs },
    spool: { folder: join(folder.root, 'spool') },
    credentials: { default: { user: first?.user, password: first?.password } },
    routers: fleet.routers.map(({ router, site, address, port }) => ({ name: router, site, address, port })),
    log: { level: flags.logLevel },
  };
  writeSecret(folder.hubConfig, stringify(hub));
  writeSecret(folder.agentConfig, stringify(agent));
}

/** Secrets are for the owner's eyes. */
function writeSecret(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}
