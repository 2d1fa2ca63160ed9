/** The hub's configuration: one YAML file, checked whole before anything starts. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { type AlertSettings, alertsSchema, resolveAlerts } from './alerts/config.ts';
import { RULES_USER } from './alerts/login.ts';
import type { Cluster } from './clickhouse/cluster.ts';
import { ENGINE_USER } from './clickhouse/embedded/access.ts';
import { ANALYST_SLOTS, type Analyst, analystMemoryBytes, INSERT_HEADROOM_BYTES } from './clickhouse/embedded/analyst.ts';
import { type ConfigContext, secret, secretKeys } from './config-secret.ts';
import { linksOf, linksSchema } from './links/config.ts';
import type { LinkThresholds } from './links/thresholds.ts';
import type { RetentionDays } from './retention/tiers.ts';

const DEFAULT_RULES = join(import.meta.dirname, '../alerts/default-rules.yaml');

const port = z.int().min(0).max(65535);
const bytes = z.int().positive();
const days = z.int().min(1).max(36_500).nullable();

const tlsSchema = z.strictObject({
  cert_file: z.string().describe('PEM certificate chain'),
  key_file: z.string().describe('PEM private key'),
});

export const hubFileSchema = z.strictObject({
  data_dir: z.string().default('./data/hub').describe('Folder of the embedded engine and of generated secrets'),
  http: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('Address of the API and the viewer'),
      port: port.default(8080).describe('Port of the API and the viewer; 0 lets the system choose'),
      allowed_hosts: z.array(z.string()).default([]).describe('Host names that requests may carry besides loopback ones'),
      insecure: z.boolean().default(false).describe('Allows an address other than loopback although the port has no login'),
    })
    .prefault({}),
  grpc: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('Address that agents connect to'),
      port: port.default(4650).describe('Port that agents connect to; 0 lets the system choose'),
      tls: tlsSchema.optional().describe('Certificate of the ingest port; needed for any address but loopback'),
      insecure: z.boolean().default(false).describe('Allows plaintext on an address other than loopback'),
    })
    .prefault({}),
  clickhouse: z
    .strictObject({
      url: z
        .url()
        .optional()
        .describe('ClickHouse over HTTP, such as http://clickhouse:8123; without it the embedded engine runs'),
      user: z.string().default('default').describe('User at clickhouse.url'),
      ...secretKeys('password', 'Its password; needed with clickhouse.url'),
      database: z
        .string()
        .regex(/^[A-Za-z_]\w*$/)
        .default('poplar')
        .describe('Database that holds the tables'),
      cluster: z
        .strictObject({
          name: z
            .string()
            .regex(/^[A-Za-z_][\w-]*$/)
            .describe(
              'Cluster of ClickHouse servers that clickhouse.url is one of, as their remote_servers name it: tables are replicated and sharded by site',
            ),
        })
        .optional(),
      embedded: z
        .strictObject({
          port: port.default(8123).describe("The embedded engine's HTTP port on loopback"),
          memory_bytes_max: bytes.default(2 * 1024 ** 3).describe('Memory that the embedded engine may use, bytes'),
        })
        .prefault({}),
    })
    .prefault({}),
  writer: z
    .strictObject({
      flush_age_ms: z.int().positive().default(1000).describe('Longest wait of a batch before it is inserted, ms'),
      flush_rows: z.int().positive().default(50_000).describe('Rows that start an insert at once'),
      budget_bytes: bytes.default(16 * 1024 ** 2).describe('Bytes of batches held in memory; agents wait beyond it'),
    })
    .prefault({}),
  dead_letters: z
    .strictObject({
      bytes_max: z
        .int()
        .min(16 * 1024 ** 2)
        .default(1024 ** 3)
        .describe('Bytes of rejected batches kept for replay, on disk; the oldest are dropped beyond it'),
      days_max: z.int().min(30).max(59).default(45).describe('Days that a rejected batch is kept'),
    })
    .prefault({}),
  retention: z
    .strictObject({
      raw_days: days.default(30).describe('Days that samples are kept at least (all raw tables but polls). null: for ever'),
      polls_days: days
        .default(90)
        .describe('The same for visits and batches, from which gaps and availability come; no less than raw_days'),
      rollup_5m_days: days
        .default(400)
        .describe('The same for traffic in five minutes, from which bills come; no less than raw_days'),
      rollup_1h_days: days.default(1100).describe('The same for traffic in hours; no less than rollup_5m_days'),
      rollup_1d_days: days.default(null).describe('The same for traffic in days; no less than rollup_1h_days'),
      events_days: days.default(400).describe('The same for events'),
    })
    .prefault({}),
  agents: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe('Name of the agent'),
        ...secretKeys('token', "Its token, no other agent's"),
      }),
    )
    .describe('Agents that may send, each with its own token'),
  analysts: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[A-Za-z][\w.-]*$/)
          .describe('User name of a person or program that reads the embedded ClickHouse'),
        ...secretKeys('password', 'Its password'),
        execution_ms_max: z.int().positive().default(30_000).describe('Longest query, ms'),
        memory_bytes_max: bytes.default(256 * 1024 ** 2).describe('Memory of one query, bytes'),
        rows_to_read_max: z.int().positive().default(1_000_000_000).describe('Rows that one query may read'),
        result_rows_max: z.int().positive().default(1_000_000).describe('Rows of one answer'),
        result_bytes_max: bytes.default(256 * 1024 ** 2).describe('Size of one answer before compression, bytes'),
        concurrent_queries_max: z
          .int()
          .min(1)
          .max(ANALYST_SLOTS)
          .default(2)
          .describe(`Queries at once; some more wait. All analysts together run ${ANALYST_SLOTS}`),
      }),
    )
    .default([])
    .describe('Logins that only read, on the embedded ClickHouse; docs/analysts.md has those of a server'),
  alerts: alertsSchema.prefault({}),
  links: linksSchema.prefault({}),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least level logged') })
    .prefault({}),
});

type HubFile = z.infer<typeof hubFileSchema>;

export interface HubConfig {
  readonly dataDir: string;
  readonly http: { readonly host: string; readonly port: number; readonly allowedHosts: readonly string[] };
  readonly grpc: {
    readonly host: string;
    readonly port: number;
    readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  };
  readonly clickhouse: {
    readonly database: string;
    /** undefined runs the embedded engine. */
    readonly server:
      | { readonly url: string; readonly user: string; readonly password: string; readonly cluster: Cluster | undefined }
      | undefined;
    readonly embedded: { readonly port: number; readonly memoryBytesMax: number };
  };
  readonly writer: { readonly flushAgeMs: number; readonly flushRows: number; readonly budgetBytes: number };
  readonly deadLetters: { readonly bytesMax: number; readonly daysMax: number };
  readonly retention: RetentionDays;
  readonly agents: readonly { readonly name: string; readonly token: string }[];
  /** Of the embedded engine. */
  readonly analysts: readonly Analyst[];
  /** undefined where they are off. */
  readonly alerts: AlertSettings | undefined;
  readonly links: LinkThresholds;
  readonly logLevel: HubFile['log']['level'];
}

/** Everything that is wrong with a configuration, one line per fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(file: string, faults: readonly string[]) {
    super([`Cannot use the configuration ${file}:`, ...faults.map((fault) => `  ${fault}`)].join('\n'));
  }
}

/** Reads and checks a hub.yaml. Relative paths in it are relative to its folder. Throws ConfigError. */
export function loadHubConfig(file: string, env: Readonly<Record<string, string | undefined>>): HubConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [`the file cannot be read: ${messageOf(error)}. Name an existing file with --config.`]);
  }
  return parseHubConfig(text, file, env);
}

export function parseHubConfig(text: string, file: string, env: Readonly<Record<string, string | undefined>>): HubConfig {
  const document = parseDocument(text);
  if (document.errors.length > 0)
    throw new ConfigError(
      file,
      document.errors.map((error) => `not valid YAML: ${error.message.split('\n')[0]}`),
    );
  const parsed = hubFileSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) throw new ConfigError(file, parsed.error.issues.map(describeIssue));
  const folder = dirname(resolve(file));
  const faults: string[] = [];
  const config = resolveConfig(parsed.data, { folder, env, faults });
  if (faults.length > 0) throw new ConfigError(file, faults);
  return config;
}

function resolveConfig(file: HubFile, context: ConfigContext): HubConfig {
  const { folder, faults } = context;
  const path = (name: string): string => resolve(folder, name);
  const { http, grpc, clickhouse, writer } = file;
  if (!isLoopback(http.host) && !http.insecure)
    faults.push(
      `http.host: ${http.host} is reachable from other machines and the port has no login: use 127.0.0.1 behind a proxy, or set http.insecure: true to accept that`,
    );
  if (!isLoopback(grpc.host) && grpc.tls === undefined && !grpc.insecure)
    faults.push(
      `grpc.host: ${grpc.host} is reachable from other machines without TLS: set grpc.tls, or grpc.insecure: true to accept that`,
    );
  const agents = file.agents.map((agent, index) => ({
    name: agent.name,
    token: secret({ ...agent }, 'token', `agents[${index}]`, context) ?? '',
  }));
  for (const [index, { name, token }] of agents.entries()) {
    if (agents.findIndex((other) => other.name === name) < index) faults.push(`agents[${index}].name: "${name}" is named twice`);
    if (token !== '' && agents.findIndex((other) => other.token === token) < index)
      faults.push(`agents[${index}]: its token is another agent's too; every agent needs its own`);
  }
  if (clickhouse.cluster !== undefined && clickhouse.url === undefined)
    faults.push(
      'clickhouse.cluster: the embedded ClickHouse is alone: set clickhouse.url to a server of the cluster, or remove it',
    );
  const onServer = clickhouse.url !== undefined;
  const alerts = resolveAlerts(file.alerts, { defaultRules: DEFAULT_RULES, onServer }, context);
  const analysts = analystsOf(file, alerts?.limits.memoryBytesMax ?? 0, context);
  const password = secret({ ...clickhouse }, 'password', 'clickhouse', context, onServer);
  return {
    dataDir: path(file.data_dir),
    http: { host: http.host, port: http.port, allowedHosts: http.allowed_hosts },
    grpc: {
      host: grpc.host,
      port: grpc.port,
      tls: grpc.tls === undefined ? undefined : { certFile: path(grpc.tls.cert_file), keyFile: path(grpc.tls.key_file) },
    },
    clickhouse: {
      database: clickhouse.database,
      server:
        clickhouse.url === undefined
          ? undefined
          : { url: clickhouse.url, user: clickhouse.user, password: password ?? '', cluster: clickhouse.cluster },
      embedded: { port: clickhouse.embedded.port, memoryBytesMax: clickhouse.embedded.memory_bytes_max },
    },
    writer: { flushAgeMs: writer.flush_age_ms, flushRows: writer.flush_rows, budgetBytes: writer.budget_bytes },
    deadLetters: { bytesMax: file.dead_letters.bytes_max, daysMax: file.dead_letters.days_max },
    retention: retentionOf(file, faults),
    agents,
    analysts,
    alerts,
    links: linksOf(file.links),
    logLevel: file.log.level,
  };
}

/** What is made from rows is kept no shorter than they are: it could not be made whole again. */
function retentionOf({ retention }: HubFile, faults: string[]): RetentionDays {
  const pairs = [
    ['raw_days', 'polls_days'],
    ['raw_days', 'rollup_5m_days'],
    ['rollup_5m_days', 'rollup_1h_days'],
    ['rollup_1h_days', 'rollup_1d_days'],
  ] as const;
  for (const [shorter, longer] of pairs) {
    const [least, given] = [retention[shorter], retention[longer]];
    if (given !== null && given < (least ?? Number.POSITIVE_INFINITY))
      faults.push(
        `retention.${longer}: ${given} is less than retention.${shorter} (${least ?? 'null, for ever'}): raise it, or lower that one`,
      );
  }
  return {
    raw: retention.raw_days,
    polls: retention.polls_days,
    rollup_5m: retention.rollup_5m_days,
    rollup_1h: retention.rollup_1h_days,
    rollup_1d: retention.rollup_1d_days,
    events: retention.events_days,
  };
}

function analystsOf({ analysts, clickhouse }: HubFile, rulesMemoryBytes: number, context: ConfigContext): Analyst[] {
  const { faults } = context;
  if (analysts.length > 0 && clickhouse.url !== undefined)
    faults.push(
      'analysts: only for the embedded ClickHouse, and clickhouse.url is set: create users on the server, as docs/analysts.md says',
    );
  const resolved = analysts.map((analyst, index) => ({
    name: analyst.name,
    password: secret({ ...analyst }, 'password', `analysts[${index}]`, context) ?? '',
    limits: {
      executionMsMax: analyst.execution_ms_max,
      memoryBytesMax: analyst.memory_bytes_max,
      rowsToReadMax: analyst.rows_to_read_max,
      resultRowsMax: analyst.result_rows_max,
      resultBytesMax: analyst.result_bytes_max,
      concurrentQueriesMax: analyst.concurrent_queries_max,
    },
  }));
  for (const [index, { name }] of resolved.entries()) {
    if (name === ENGINE_USER || name === RULES_USER)
      faults.push(`analysts[${index}].name: "${name}" is the hub's own user; choose another name`);
    if (resolved.findIndex((other) => other.name === name) < index)
      faults.push(`analysts[${index}].name: "${name}" is named twice`);
  }
  const needed = analystMemoryBytes(resolved) + rulesMemoryBytes + INSERT_HEADROOM_BYTES;
  if (
    (resolved.length > 0 || rulesMemoryBytes > 0) &&
    clickhouse.url === undefined &&
    needed > clickhouse.embedded.memory_bytes_max
  )
    faults.push(
      `${resolved.length > 0 ? `analysts: ${ANALYST_SLOTS} queries at once` : 'alerts: a rule'} and ${INSERT_HEADROOM_BYTES} bytes for inserts may take ${needed} bytes, more than clickhouse.embedded.memory_bytes_max (${clickhouse.embedded.memory_bytes_max}): lower memory_bytes_max of the ${resolved.length > 0 ? 'analysts' : 'alerts'}, or raise that one`,
    );
  return resolved;
}

/** One line that names the key, what is wrong with it and what to write. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  if (issue.code === 'unrecognized_keys')
    return issue.keys
      .map((key) => `${path === '' ? key : `${path}.${key}`}: unknown key; remove it or correct its spelling`)
      .join('\n  ');
  if (issue.code === 'invalid_type' && path.endsWith('_ms'))
    return `${path}: not a whole number of milliseconds; write 10000 for ten seconds`;
  return `${path === '' ? 'file' : path}: ${issue.message}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
