/**
 * The configuration files of a fault run: the agent reaches its hub through a proxy, the hub reaches ClickHouse through another.
 * ClickHouse is the embedded engine of a second hub, which takes batches too.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { agentConfig } from '../agent-config.ts';
import type { Fleet } from '../fleet.ts';
import type { StackFolder } from '../stack/configs.ts';
import type { StackFlags } from '../stack/flags.ts';

export const AGENT = 'agent1';

export interface Proxies {
  /** Ports on 127.0.0.1: the agent's way to the hub, and the hub's to ClickHouse. */
  readonly link: number;
  readonly store: number;
}

/** Of the agent's metrics: an address whose ports nobody else takes. Only Linux has it from the start. */
const METRICS_HOST = '127.0.0.2';

export interface Setup {
  readonly agentToken: string;
  /** Configuration of the second hub, with the engine. */
  readonly hostConfig: string;
  /** Of the agent; on Linux. */
  readonly metricsUrl: string;
}

/** `spoolFolder` as the agent sees it. */
export function writeSetup(folder: StackFolder, fleet: Fleet, flags: StackFlags, proxies: Proxies, spoolFolder: string): Setup {
  const agentToken = randomBytes(32).toString('base64url');
  const agents = [{ name: AGENT, token: agentToken }];
  const log = { level: flags.logLevel };
  const hub = {
    data_dir: './front',
    http: { port: flags.httpPort },
    grpc: { port: flags.grpcPort },
    clickhouse: { url: `http://127.0.0.1:${proxies.store}`, password_file: './hub/clickhouse-password' },
    agents,
    log,
  };
  const host = {
    data_dir: './hub',
    http: { port: 0 },
    grpc: { port: 0 },
    clickhouse: { embedded: { port: flags.clickhousePort } },
    agents,
    log,
  };
  const hostConfig = join(folder.root, 'host.yaml');
  const agent = agentConfig(fleet, {
    agent: AGENT,
    hubAddresses: [`127.0.0.1:${proxies.link}`],
    hubToken: agentToken,
    pollIntervalMs: flags.intervalMs,
    spoolFolder,
    ...(process.platform === 'linux' ? { metricsHost: METRICS_HOST, metricsPort: flags.grpcPort } : {}),
    logLevel: flags.logLevel,
  });
  // Secrets are for the owner's eyes.
  writeFileSync(folder.hubConfig, stringify(hub), { mode: 0o600 });
  writeFileSync(hostConfig, stringify(host), { mode: 0o600 });
  writeFileSync(folder.agentConfig, agent, { mode: 0o600 });
  return { agentToken, hostConfig, metricsUrl: `http://${METRICS_HOST}:${flags.grpcPort}/metrics` };
}
