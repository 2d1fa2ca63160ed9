/** Reads agent.yaml: one file, checked whole before anything starts. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type CollectorName, perCollector } from './collectors/collector.ts';
import { formatHostPort, isLoopback, parseHostPort } from './config/fields.ts';
import { createTrustReader, tlsProblems } from './config/router-tls.ts';
import { type AgentFile, agentSchema } from './config/schema.ts';
import { resolveSecret, type Surroundings } from './config/secrets.ts';
import type { CollectorSetting, LoadLimits, RouterTarget } from './poller/config.ts';
import type { RouterTls } from './poller/router-client.ts';
import { currentRuntime, type Runtime } from './runtime.ts';

/** In the working folder. */
export const DEFAULT_CONFIG_FILE = 'agent.yaml';
/** Ports of RouterOS's services api and api-ssl. */
const API_PORT = 8728;
const API_TLS_PORT = 8729;

/** What the agent runs with: paths absolute, secrets and defaults filled in. */
export interface AgentConfig {
  readonly agent: string;
  readonly hub: HubConfig;
  readonly poll: {
    readonly intervalMs: number;
    readonly connectDeadlineMs: number;
    readonly commandDeadlineMs: number;
    readonly concurrency: number;
  };
  readonly collectors: Readonly<Record<CollectorName, CollectorSetting>>;
  readonly load: LoadLimits;
  readonly spool: { readonly folder: string; readonly bytesMax: number };
  readonly uplink: {
    readonly backlogBytesPerSecond: number;
    readonly returnMs: number;
    readonly keepaliveMs: number;
    readonly keepaliveTimeoutMs: number;
    readonly drainMs: number;
  };
  readonly batch: { readonly ageMaxMs: number; readonly bytesMax: number };
  readonly routers: readonly RouterTarget[];
  readonly logLevel: string;
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
}

export interface HubConfig {
  /** host:port, in the order of preference. */
  readonly addresses: readonly string[];
  readonly token: string;
  readonly tls: { readonly ca: Buffer | undefined; readonly serverName: string | undefined } | undefined;
}

/** Everything that is wrong with a configuration file, one line per problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[]) {
    super([`Cannot use ${file}:`, ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.problems = problems;
  }
}

/** Reads and checks the file. Throws ConfigError, which lists all problems. */
export function readConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  runtime: Runtime = currentRuntime(),
): AgentConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [`cannot read it: ${error instanceof Error ? error.message : String(error)}`]);
  }
  return parseConfig(text, file, env, runtime);
}

/** Checks the text of a configuration file. Secrets and certificates are read relative to the file's folder. */
export function parseConfig(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  runtime: Runtime = currentRuntime(),
): AgentConfig {
  const document = parseDocument(text);
  if (document.errors.length > 0)
    throw new ConfigError(
      file,
      document.errors.map((error) => error.message.split('\n')[0] ?? error.code),
    );
  if (!isMap(document.contents)) throw new ConfigError(file, ['holds no keys; start from agent.example.yaml']);

  const surroundings = { folder: dirname(resolve(file)), env };
  const problems: string[] = [];
  const raw = withSecrets(asKeys(document.toJS()), surroundings, problems);
  const parsed = agentSchema.safeParse(raw);
  if (!parsed.success) problems.push(...parsed.error.issues.flatMap((issue) => describeIssue(issue)));
  problems.push(...routerProblems(raw), ...transportProblems(raw), ...tlsProblems(raw['routers'], runtime));
  const ca = parsed.success ? readAuthority(parsed.data, surroundings, problems) : undefined;
  const trustOf = createTrustReader(surroundings, problems);
  const trusts = parsed.success ? parsed.data.routers.map((router, index) => trustOf(router.tls, `routers[${index}].tls`)) : [];
  if (!parsed.success || problems.length > 0) throw new ConfigError(file, problems);
  return toConfig(parsed.data, ca, trusts, surroundings);
}

type Keys = Readonly<Record<string, unknown>>;

function asKeys(value: unknown): Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function isKeys(value: unknown): value is Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withSecrets(raw: Keys, surroundings: Surroundings, problems: string[]): Keys {
  const { hub, credentials } = raw;
  const resolved: Record<string, unknown> = { ...raw };
  if (isKeys(hub)) resolved['hub'] = resolveSecret(hub, 'token', 'hub', surroundings, problems);
  if (isKeys(credentials)) {
    resolved['credentials'] = Object.fromEntries(
      Object.entries(credentials).map(([name, login]) => [
        name,
        isKeys(login) ? resolveSecret(login, 'password', `credentials.${name}`, surroundings, problems) : login,
      ]),
    );
  }
  return resolved;
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const path = showPath(issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${showPath([...issue.path, key])}: unknown key; remove it or mend its spelling`);
  // Fields and lists bring their own words; what is left in zod's words is a group of keys that is none.
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) return [`${path}: ${issue.message}`];
  if (issue.message.endsWith('received undefined')) return [`${path}: is missing; see agent.example.yaml`];
  return [`${path}: is not ${issue.expected === 'array' ? 'a list' : 'a group of keys'}`];
}

function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((shown, part) => {
    if (typeof part === 'number') return `${shown}[${part}]`;
    return shown === '' ? String(part) : `${shown}.${String(part)}`;
  }, '');
}

/** What the schema cannot see: names that must differ, and credentials that must exist. */
function routerProblems(raw: Keys): string[] {
  const problems: string[] = [];
  const firstUse = new Map<string, number>();
  const routers = Array.isArray(raw['routers']) ? raw['routers'] : [];
  const credentials = asKeys(raw['credentials']);
  for (const [index, entry] of routers.entries()) {
    const router = asKeys(entry);
    const site = router['site'] ?? raw['site'];
    const key = JSON.stringify([site, router['name']]);
    const first = firstUse.get(key);
    if (first !== undefined)
      problems.push(
        `routers[${index}].name: ${JSON.stringify(router['name'])} is also routers[${first}] of site ${JSON.stringify(site)}; rename one`,
      );
    else if (router['name'] !== undefined) firstUse.set(key, index);
    const login = router['credentials'] ?? 'default';
    if (typeof login === 'string' && !Object.hasOwn(credentials, login))
      problems.push(
        `routers[${index}].credentials: ${JSON.stringify(login)} is not among the credentials; add credentials.${login}`,
      );
  }
  return problems;
}

/** A token in clear text stays on this machine unless the operator says otherwise. */
function transportProblems(raw: Keys): string[] {
  const hub = asKeys(raw['hub']);
  if (hub['tls'] !== undefined || hub['insecure'] === true || !Array.isArray(hub['addresses'])) return [];
  return hub['addresses'].flatMap((address, index) => {
    const parsed = typeof address === 'string' ? parseHostPort(address) : undefined;
    if (parsed === undefined || isLoopback(parsed.host)) return [];
    return [
      `hub.addresses[${index}]: "${address}" is not on this machine and hub.tls is not set; set hub.tls (or hub.insecure: true on a trusted network)`,
    ];
  });
}

function readAuthority({ hub }: AgentFile, { folder }: Surroundings, problems: string[]): Buffer | undefined {
  if (hub.tls === undefined || hub.tls.ca_file === '') return undefined;
  const path = resolve(folder, hub.tls.ca_file);
  try {
    return readFileSync(path);
  } catch (error) {
    problems.push(`hub.tls.ca_file: cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function toConfig(
  file: AgentFile,
  ca: Buffer | undefined,
  trusts: readonly (RouterTls | undefined)[],
  { folder }: Surroundings,
): AgentConfig {
  const setting = ({ enabled, interval_ms }: { enabled: boolean; interval_ms: number }): CollectorSetting => ({
    enabled,
    intervalMs: interval_ms === 0 ? file.poll.interval_ms : interval_ms,
  });
  return {
    agent: file.agent,
    hub: {
      addresses: file.hub.addresses.map(formatHostPort),
      token: file.hub.token,
      tls: file.hub.tls === undefined ? undefined : { ca, serverName: file.hub.tls.server_name || undefined },
    },
    poll: {
      intervalMs: file.poll.interval_ms,
      connectDeadlineMs: file.poll.connect_deadline_ms,
      commandDeadlineMs: file.poll.command_deadline_ms,
      concurrency: file.poll.concurrency,
    },
    collectors: perCollector((name) => setting(file.collectors[name])),
    load: {
      shareMaxPct: file.load.share_max_pct,
      runMaxMs: file.load.run_max_ms,
      routerCpuMaxPct: file.load.router_cpu_max_pct,
    },
    spool: { folder: resolve(folder, file.spool.folder), bytesMax: file.spool.bytes_max },
    uplink: {
      backlogBytesPerSecond: file.uplink.backlog_bytes_per_second_max,
      returnMs: file.uplink.return_to_first_ms,
      keepaliveMs: file.uplink.keepalive_ms,
      keepaliveTimeoutMs: file.uplink.keepalive_timeout_ms,
      drainMs: file.uplink.drain_ms,
    },
    batch: { ageMaxMs: file.batch.age_max_ms, bytesMax: file.batch.bytes_max },
    routers: file.routers.map((router, index) => {
      const login = file.credentials[router.credentials];
      if (login === undefined) throw new Error(`BUG: credentials ${router.credentials} were not checked`);
      if ((router.tls === undefined) !== (trusts[index] === undefined))
        throw new Error(`BUG: tls of ${router.name} was not checked`);
      return {
        site: router.site ?? file.site,
        name: router.name,
        host: router.address,
        port: router.port ?? (router.tls === undefined ? API_PORT : API_TLS_PORT),
        user: login.user,
        password: login.password,
        allowMd5Login: login.allow_md5_login,
        tls: trusts[index],
        codePage: router.encoding ?? file.encoding,
      };
    }),
    logLevel: file.log.level,
    metrics: file.metrics,
  };
}
