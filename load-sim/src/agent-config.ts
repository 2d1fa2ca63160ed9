/** Writes the agent's configuration for a simulated fleet, so that the simulator can be polled at once. */
import { stringify } from 'yaml';
import type { Fleet } from './fleet.ts';
import type { RouterPlan } from './router-plan.ts';
import { AUTHORITY_FILE, CERTIFICATE_NAME } from './routers/certificate.ts';

export interface AgentConfigOptions {
  /** Name of the agent; must match the one that the hub knows the token by. */
  readonly agent: string;
  /** host:port of the hub's gRPC side. */
  readonly hubAddresses: readonly string[];
  readonly hubToken: string;
  /** CA certificate of the hub and the name in its own, if it speaks TLS; undefined: plain, loopback only. */
  readonly hubTls?: { readonly caFile: string; readonly serverName: string };
  readonly pollIntervalMs: number;
  /** Of a connection with its login, and of a command; the agent's own unless named. */
  readonly pollDeadlineMs?: number;
  readonly spoolFolder: string;
  /** Port of the agent's metrics on 127.0.0.1, or another host; undefined: none. */
  readonly metricsPort?: number;
  readonly metricsHost?: string;
  readonly logLevel?: string;
}

/** agent.yaml as text. Every user and password of the fleet becomes one set of credentials. */
export function agentConfig(fleet: Fleet, options: AgentConfigOptions): string {
  const names = new Map<string, string>();
  const credentials: Record<string, object> = {};
  const routers = fleet.routers.map((plan) => {
    const identity = JSON.stringify([plan.user, plan.password]);
    let name = names.get(identity);
    if (name === undefined) {
      name = names.size === 0 ? 'default' : `set${names.size + 1}`;
      names.set(identity, name);
      credentials[name] = {
        user: plan.user,
        password: plan.password,
        allow_md5_login: fleet.routers.some((one) => one.dialect === '6.42'),
      };
    }
    const { router, address, port, site } = plan;
    return { name: router, address, port, site, credentials: name, ...tlsKeys(plan) };
  });
  return stringify({
    agent: options.agent,
    site: fleet.routers[0]?.site ?? options.agent,
    hub: {
      addresses: options.hubAddresses,
      token: options.hubToken,
      ...(options.hubTls === undefined
        ? {}
        : { tls: { ca_file: options.hubTls.caFile, server_name: options.hubTls.serverName } }),
    },
    poll: { interval_ms: options.pollIntervalMs, ...deadlineKeys(options.pollDeadlineMs) },
    spool: { folder: options.spoolFolder },
    credentials,
    routers,
    log: { level: options.logLevel ?? 'info' },
    ...(options.metricsPort === undefined
      ? {}
      : { metrics: { host: options.metricsHost ?? '127.0.0.1', port: options.metricsPort } }),
  });
}

function deadlineKeys(deadlineMs: number | undefined): object {
  return deadlineMs === undefined ? {} : { connect_deadline_ms: deadlineMs, command_deadline_ms: deadlineMs };
}

function tlsKeys({ transport }: RouterPlan): object {
  switch (transport) {
    case 'plain':
      return {};
    case 'certificate':
      return { tls: { ca_file: AUTHORITY_FILE, server_name: CERTIFICATE_NAME } };
    case 'anonymous':
      return { tls: { anonymous: true } };
  }
}
