/** The stack's folder, and the configuration files of its agent and hub. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { agentConfig } from '../agent-config.ts';
import { readScenario } from '../faults/scenario.ts';
import { type Fleet, planFleet } from '../fleet.ts';
import { readFleet, writeFleet } from '../fleet-file.ts';
import type { StackFlags } from './flags.ts';

/** Name of the stack's agent. */
const AGENT = 'agent1';

/** Where the stack keeps things. */
export interface StackFolder {
  readonly root: string;
  readonly hubConfig: string;
  readonly agentConfig: string;
  readonly fleetFile: string;
  readonly journalFile: string;
  readonly clickhousePasswordFile: string;
  readonly logFile: (name: string) => string;
}

export function stackFolder(root: string): StackFolder {
  mkdirSync(join(root, 'logs'), { recursive: true });
  return {
    root,
    hubConfig: join(root, 'hub.yaml'),
    agentConfig: join(root, 'agent.yaml'),
    fleetFile: join(root, 'fleet.json'),
    journalFile: join(root, 'truth.journal'),
    clickhousePasswordFile: join(root, 'hub/clickhouse-password'),
    logFile: (name) => join(root, 'logs', `${name}.log`),
  };
}

/**
 * The fleet that the flags describe, written to the folder. A folder that already has the same fleet keeps it, so that its
 * routers go on where they were: their boots are counted from the fleet's start.
 */
export async function prepareFleet(folder: StackFolder, flags: StackFlags, nowMs: number): Promise<Fleet> {
  const scenario = flags.scenario === undefined ? undefined : readScenario(flags.scenario);
  const plan = (startMs: number): Fleet => planFleet({ ...flags, startMs, scenario });
  if (existsSync(folder.fleetFile)) {
    const kept = await readFleet(folder.fleetFile);
    if (isDeepStrictEqual(kept, plan(kept.startMs))) return kept;
  }
  const fleet = plan(nowMs);
  await writeFleet(folder.fleetFile, fleet);
  return fleet;
}

/** Writes hub.yaml and agent.yaml for the fleet; the agent's token is made once and kept beside them. */
export function writeConfigs(folder: StackFolder, fleet: Fleet, flags: StackFlags): void {
  const tokenFile = join(folder.root, 'agent-token');
  if (!existsSync(tokenFile)) writeSecret(tokenFile, randomBytes(32).toString('base64url'));
  const hub = {
    data_dir: './hub',
    http: { port: flags.httpPort },
    grpc: { port: flags.grpcPort },
    clickhouse: { embedded: { port: flags.clickhousePort } },
    agents: [{ name: AGENT, token_file: './agent-token' }],
    alerts: { enabled: flags.alerts },
    log: { level: flags.logLevel },
  };
  const agent = agentConfig(fleet, {
    agent: AGENT,
    hubAddresses: [`127.0.0.1:${flags.grpcPort}`],
    hubToken: readFileSync(tokenFile, 'utf8').trim(),
    pollIntervalMs: flags.intervalMs,
    spoolFolder: './spool',
    logLevel: flags.logLevel,
  });
  writeSecret(folder.hubConfig, stringify(hub));
  writeSecret(folder.agentConfig, agent);
}

/** Secrets are for the owner's eyes. */
function writeSecret(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}
