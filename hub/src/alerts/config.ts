/** The part `alerts` of the hub's configuration. */
import { relative, resolve } from 'node:path';
import { z } from 'zod';
import { type ConfigContext, fileText, secret, secretKeys } from '../config-secret.ts';
import type { EmailConfig } from './email.ts';
import type { RuleLimits } from './login.ts';
import type { Interest } from './notification.ts';
import { SEVERITIES } from './rule.ts';
import { parseRuleBook, type RuleBook, readRuleTexts } from './rule-file.ts';
import type { WebhookConfig } from './webhook.ts';

const milliseconds = z.int().positive();
const patterns = z.array(z.string().min(1)).default([]);

const webhookSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('Where notifications are posted; https for any host but loopback'),
  ...secretKeys('secret', 'Signs the requests; left out: they are not signed'),
  ca_file: z.string().optional().describe("PEM of the authority that signed the receiver's certificate; left out: the system's"),
  timeout_ms: milliseconds.default(10_000).describe('Longest wait for an answer, ms'),
  insecure: z.boolean().default(false).describe('Allows http to another machine'),
});

const emailSchema = z.strictObject({
  host: z.string().min(1).describe('SMTP server'),
  port: z.int().min(1).max(65535).default(587).describe('Its port'),
  tls: z
    .enum(['starttls', 'implicit', 'none'])
    .default('starttls')
    .describe(
      'starttls: nothing is sent unless the server changes to TLS; implicit: TLS from the start, as on port 465; none: plaintext',
    ),
  ca_file: z.string().optional().describe("PEM of the authority that signed the server's certificate; left out: the system's"),
  insecure: z.boolean().default(false).describe('Allows tls: none to another machine'),
  user: z.string().min(1).optional().describe('User at the server; left out: no login'),
  ...secretKeys('password', 'Its password'),
  from: z.string().min(1).describe('Address of the sender'),
  to: z.array(z.string().min(1)).min(1).describe('Addresses of the recipients'),
  timeout_ms: milliseconds.default(20_000).describe('Longest silence of the server, ms'),
});

export const alertsSchema = z.strictObject({
  enabled: z.boolean().default(false).describe('Whether rules are evaluated; docs/alerts.md says what they are'),
  default_rules: z.boolean().default(true).describe('Whether the rules that come with the hub are among them'),
  rules_files: z
    .array(z.string().min(1))
    .default([])
    .describe('Files with rules and maintenance windows; later ones change earlier ones'),
  every_ms: z.int().min(1000).default(30_000).describe('Between two evaluations of a rule that names no other time, ms'),
  settle_ms: z
    .int()
    .min(0)
    .default(60_000)
    .describe('How long after a start, or after ClickHouse was away, rules wait for what agents hold, ms'),
  give_up_ms: milliseconds.default(86_400_000).describe('How long delivering a notification is tried, ms'),
  viewer_url: z.url().optional().describe('Where people see the viewer: links in notifications begin with it'),
  execution_ms_max: milliseconds.default(20_000).describe('Longest statement of a rule, ms'),
  memory_bytes_max: milliseconds.default(256 * 1024 ** 2).describe('Memory of one statement of a rule, bytes'),
  rows_to_read_max: milliseconds.default(500_000_000).describe('Rows that one statement of a rule may read'),
  user: z
    .string()
    .optional()
    .describe("With clickhouse.url: who runs the rules' SQL, such as a user of docs/analysts.md; left out: clickhouse.user"),
  ...secretKeys('password', 'Its password'),
  receivers: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[A-Za-z][\w.-]*$/)
          .describe('Name of the receiver; notifications that wait keep to it'),
        severity: z.enum(SEVERITIES).default('warning').describe('Least severity of incidents that it hears of'),
        sites: patterns.describe('Sites that it hears of, with * and ?; left out: all'),
        rules: patterns.describe('Rules that it hears of, with * and ?; left out: all'),
        webhook: webhookSchema.optional().describe('POST of JSON'),
        email: emailSchema.optional().describe('E-mail by SMTP'),
      }),
    )
    .default([])
    .describe('Who hears of incidents; each is a webhook or an email'),
});

export type ReceiverConfig = (WebhookConfig & { readonly kind: 'webhook' }) | (EmailConfig & { readonly kind: 'email' });

/** Alerts as the hub runs them. */
export interface AlertSettings {
  readonly book: RuleBook;
  readonly settleMs: number;
  readonly giveUpMs: number;
  readonly viewerUrl: string | undefined;
  readonly limits: RuleLimits;
  /** Of a server; undefined where rules run as the hub's own user or on the embedded engine. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
  readonly interests: readonly Interest[];
  readonly receivers: readonly ReceiverConfig[];
}

type AlertsFile = z.infer<typeof alertsSchema>;

/** undefined where alerts are off; what is wrong goes to the faults of the context all the same. */
export function resolveAlerts(
  file: AlertsFile,
  { defaultRules, onServer }: { readonly defaultRules: string; readonly onServer: boolean },
  context: ConfigContext,
): AlertSettings | undefined {
  const { folder, faults } = context;
  const own = file.rules_files.map((name) => resolve(folder, name));
  const texts = readRuleTexts([...(file.default_rules ? [defaultRules] : []), ...own], faults).map(({ file: path, text }) => ({
    file: path === defaultRules ? 'default-rules.yaml' : relative(folder, path),
    text,
  }));
  const book = parseRuleBook(texts, file.every_ms, faults);
  if (file.user !== undefined && !onServer)
    faults.push('alerts.user: only with clickhouse.url; the embedded ClickHouse has a login for rules of its own');
  const password = secret({ ...file }, 'password', 'alerts', context, file.user !== undefined);
  const receivers = file.receivers.flatMap((receiver, index) => receiverOf(receiver, `alerts.receivers[${index}]`, context));
  for (const [index, { name }] of file.receivers.entries())
    if (file.receivers.findIndex((other) => other.name === name) < index)
      faults.push(`alerts.receivers[${index}].name: "${name}" is named twice`);
  if (!file.enabled) return undefined;
  return {
    book,
    settleMs: file.settle_ms,
    giveUpMs: file.give_up_ms,
    viewerUrl: file.viewer_url,
    limits: {
      executionMsMax: file.execution_ms_max,
      memoryBytesMax: file.memory_bytes_max,
      rowsToReadMax: file.rows_to_read_max,
    },
    login: file.user === undefined ? undefined : { user: file.user, password: password ?? '' },
    interests: file.receivers.map(({ name, severity, sites, rules }) => ({ name, severity, sites, rules })),
    receivers,
  };
}

function receiverOf(
  { name, webhook, email }: AlertsFile['receivers'][number],
  path: string,
  context: ConfigContext,
): ReceiverConfig[] {
  const { faults } = context;
  if ((webhook === undefined) === (email === undefined)) {
    faults.push(`${path}: set one of webhook and email`);
    return [];
  }
  const ca = (file: string | undefined, key: string): string | undefined =>
    file === undefined ? undefined : fileText(file, key, context);
  if (webhook !== undefined) {
    const { protocol, hostname } = new URL(webhook.url);
    if (protocol === 'http:' && !webhook.insecure && !isLoopback(hostname))
      faults.push(
        `${path}.webhook.url: ${hostname} is another machine and http is plaintext: use https, or set insecure: true to accept that`,
      );
    return [
      {
        kind: 'webhook',
        name,
        url: webhook.url,
        secret: secret({ ...webhook }, 'secret', `${path}.webhook`, context, false),
        ca: ca(webhook.ca_file, `${path}.webhook.ca_file`),
        timeoutMs: webhook.timeout_ms,
      },
    ];
  }
  if (email === undefined) return [];
  if (email.tls === 'none' && !email.insecure && !isLoopback(email.host))
    faults.push(
      `${path}.email.tls: ${email.host} is another machine and none is plaintext: use starttls or implicit, or set insecure: true to accept that`,
    );
  const password = secret({ ...email }, 'password', `${path}.email`, context, email.user !== undefined);
  return [
    {
      kind: 'email',
      name,
      host: email.host,
      port: email.port,
      tls: email.tls,
      ca: ca(email.ca_file, `${path}.email.ca_file`),
      login: email.user === undefined ? undefined : { user: email.user, password: password ?? '' },
      from: email.from,
      to: email.to,
      timeoutMs: email.timeout_ms,
    },
  ];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || host.startsWith('127.');
}
