/** Notifications as e-mail by SMTP: those of one rule and evaluation in one message. */
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import type { Receiver } from './delivery.ts';
import { hashOf } from './incident.ts';
import type { Notification } from './notification.ts';

export interface EmailConfig {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** implicit: from the first byte; starttls: before the login, or not at all; none: plaintext. */
  readonly tls: 'implicit' | 'starttls' | 'none';
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string | undefined;
  readonly login: { readonly user: string; readonly password: string } | undefined;
  readonly from: string;
  readonly to: readonly string[];
  /** Longest silence of the server, ms. */
  readonly timeoutMs: number;
}

/** What of a notification's body the text needs. */
const messageSchema = z.object({
  kind: z.enum(['opened', 'closed', 'corrected']),
  incident: z.object({
    id: z.string(),
    rule: z.string(),
    description: z.string(),
    severity: z.string(),
    site: z.string(),
    router: z.string(),
    object: z.string(),
    summary: z.string(),
    started_at: z.string(),
    closed_at: z.string().nullable(),
    close_reason: z.string().nullable(),
    detail: z.record(z.string(), z.string()),
    url: z.string().nullable(),
  }),
});
type Message = z.infer<typeof messageSchema>;

const TOGETHER_MAX = 100;
const SUBJECT_CHARACTERS = 150;
const WORDS = { opened: 'Opened', closed: 'Closed', corrected: 'Corrected' } as const;

export function createEmail({ name, host, port, tls, ca, login, from, to, timeoutMs }: EmailConfig): Receiver {
  return {
    name,
    togetherMax: TOGETHER_MAX,
    async send(notifications, signal) {
      signal.throwIfAborted();
      // One connection per message: servers close idle ones, and messages are rare.
      const transport = createTransport({
        host,
        port,
        secure: tls === 'implicit',
        requireTLS: tls === 'starttls',
        ignoreTLS: tls === 'none',
        ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
        ...(ca === undefined ? {} : { tls: { ca } }),
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const stop = (): void => transport.close();
      signal.addEventListener('abort', stop, { once: true });
      try {
        // Throws when the server takes it for none of the addresses. One that it refuses must not have the others written to again.
        await transport.sendMail({ from, to: [...to], ...mailOf(notifications, from) });
      } finally {
        signal.removeEventListener('abort', stop);
        transport.close();
      }
    },
  };
}

/** Subject, text and headers. The Message-ID is the same for the same notifications, so that servers drop what they have. */
function mailOf(notifications: readonly Notification[], from: string) {
  const messages = notifications.map(({ body }) => messageSchema.parse(JSON.parse(body)));
  const [first] = messages;
  if (first === undefined) throw new Error('BUG: a message about nothing');
  const severities = [...new Set(messages.map(({ incident }) => incident.severity))].join(', ');
  const many =
    messages.length === 1 ? first.incident.summary : `${messages.length} × ${first.incident.rule}: ${first.incident.summary} …`;
  const ids = notifications.map(({ id }) => id).sort();
  const domain = /@([\w.-]+)/.exec(from)?.[1] ?? 'poplar.invalid';
  return {
    subject: `[${severities}] ${WORDS[first.kind]}: ${many}`.slice(0, SUBJECT_CHARACTERS),
    text: `${messages.map(textOf).join('\n\n')}\n\n${first.incident.description}\n${first.incident.url === null ? '' : `\n${first.incident.url}\n`}`,
    messageId: `<${hashOf(ids)}@${domain}>`,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Poplar-Notification-Id': ids.join(' '),
      'X-Poplar-Incident-Id': messages.map(({ incident }) => incident.id).join(' '),
    },
  };
}

function textOf({ kind, incident }: Message): string {
  const facts = [
    ['Site', incident.site],
    ['Router', incident.router],
    ['Object', incident.object],
    ['Since', incident.started_at],
    ['Until', incident.closed_at ?? ''],
    ['Why closed', incident.close_reason ?? ''],
    ...Object.entries(incident.detail),
    ['Incident', incident.id],
  ].filter(([, value]) => value !== '');
  return [`${WORDS[kind]}: ${incident.summary}`, ...facts.map(([key, value]) => `  ${key}: ${value}`)].join('\n');
}
