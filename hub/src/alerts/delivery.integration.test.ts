/** Notifications reach real receivers that fail first: an HTTP server and an SMTP server. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { Registry } from 'prom-client';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SILENT } from '../api/testing.ts';
import { createStatements } from '../clickhouse/statements.ts';
import { createLeases } from '../store/leases.ts';
import { createDelivery, type Receiver } from './delivery.ts';
import { createEmail } from './email.ts';
import { ANNOUNCED, type Incident } from './incident.ts';
import { createAlertMetrics } from './metrics.ts';
import { type Notification, notificationsOf } from './notification.ts';
import { type AlertBench, startAlertBench } from './testing.ts';
import { createWebhook, signature } from './webhook.ts';

const NOW = Date.now();
const HOUR = 3600_000;
const never = new AbortController().signal;

let bench: AlertBench;
beforeAll(async () => {
  bench = await startAlertBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(() => bench.store.clear());

function incident(id: string): Incident {
  return {
    id,
    rule: 'router_down',
    severity: 'critical',
    site: 'fra1',
    router: 'r1',
    object: '',
    startedMs: NOW - 60_000,
    detectedMs: NOW,
    closedMs: undefined,
    closeReason: undefined,
    value: 1,
    closingValue: undefined,
    unit: '',
    summary: `Router ${id} of fra1 is down: Grüße\r\nBcc: eve@example.net`,
    detail: { outcome: 'timeout' },
    suppressedBy: '',
    announced: ANNOUNCED.nothing,
    version: 1n,
  };
}

function notificationsFor(receiver: string, ...ids: readonly string[]): Notification[] {
  const interests = [{ name: receiver, severity: 'info', sites: [], rules: [] } as const];
  const rule = { description: 'Look at it' };
  return ids.flatMap((id) =>
    notificationsOf(incident(id), 'opened', { rule, interests, viewerUrl: 'https://poplar.example.net/', atMs: NOW }),
  );
}

/** A hub's delivery whose clock the test sets. */
function delivery(...receivers: readonly Receiver[]) {
  let nowMs = NOW;
  const metrics = createAlertMetrics(new Registry());
  const made = createDelivery(
    { holder: 'h1', receivers, giveUpMs: HOUR },
    {
      store: bench.alerts,
      leases: createLeases(createStatements(bench.store.client, bench.store.database)),
      nowMs: () => nowMs,
      random: () => 1,
      log: SILENT,
      metrics,
    },
  );
  return {
    metrics,
    async at(ms: number) {
      nowMs = ms;
      await made.turn(never);
    },
  };
}

async function fates(): Promise<unknown[]> {
  const answer = await bench.store.client.query({
    query: 'SELECT fate, attempts, error FROM notifications FINAL ORDER BY incident, id',
    format: 'JSONCompactEachRow',
  });
  return await answer.json();
}

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

describe('a webhook', () => {
  const received: { readonly id: unknown; readonly signature: unknown; readonly body: string }[] = [];
  const behaviours: Behaviour[] = [];
  let server: Server;
  let url = '';

  beforeEach(async () => {
    received.length = 0;
    behaviours.length = 0;
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        received.push({ id: request.headers['poplar-notification-id'], signature: request.headers['poplar-signature'], body });
        const behave = behaviours.shift() ?? ((_request, taken) => taken.writeHead(204).end());
        behave(request, response);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') url = `http://127.0.0.1:${address.port}/hook`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const hook = (timeoutMs = 60_000): Receiver =>
    createWebhook({ name: 'noc', url, secret: 'shared', ca: undefined, timeoutMs }, () => NOW);

  it('gets a notification once it answers with 2xx, after errors, redirections, cuts and silence', {
    timeout: 60_000,
  }, async () => {
    const [sent] = notificationsFor('noc', 'i1');
    await bench.alerts.queue(notificationsFor('noc', 'i1'), never);
    behaviours.push(
      (_request, response) => response.writeHead(500).end('no'),
      (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
      (request) => request.socket.destroy(),
      () => undefined,
    );
    const hub = delivery(hook(200));
    const errors: string[] = [];
    let at = NOW;
    for (let attempt = 1; attempt <= 4; attempt++) {
      await hub.at(at);
      const [[fate, attempts, error] = []] = z.array(z.tuple([z.string(), z.number(), z.string()])).parse(await fates());
      expect([fate, attempts]).toEqual(['waiting', attempt]);
      errors.push(error ?? '');
      // Not before its time.
      at += 2000 * 2 ** (attempt - 1);
      await hub.at(at - 1);
      expect(received).toHaveLength(attempt);
    }
    expect(errors).toEqual([
      'the receiver answered with status 500',
      'the receiver answered with status 302',
      expect.stringMatching(/socket hang up|ECONNRESET/),
      'no answer within 200 ms',
    ]);
    await hub.at(at);
    expect(await fates()).toEqual([['delivered', 5, '']]);
    await hub.at(at + HOUR);
    expect(received).toHaveLength(5);
    for (const request of received)
      expect(request).toEqual({
        id: sent?.id,
        signature: signature('shared', Math.floor(NOW / 1000), sent?.body ?? ''),
        body: sent?.body,
      });
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
      kind: 'opened',
      incident: { rule: 'router_down', severity: 'critical', site: 'fra1', url: 'https://poplar.example.net/alerts' },
    });
  });

  it('that is away costs one attempt at a time and loses nothing; one bad notification does not hold the others', {
    timeout: 60_000,
  }, async () => {
    await bench.alerts.queue(notificationsFor('noc', 'i1', 'i2', 'i3'), never);
    behaviours.push((_request, response) => response.writeHead(503).end());
    const hub = delivery(hook());
    await hub.at(NOW);
    expect(received).toHaveLength(1);
    await hub.at(NOW + 1999);
    expect(received).toHaveLength(1);
    const bad = received[0]?.id;
    await hub.at(NOW + 2000);
    expect(received.slice(1, 3).map(({ id }) => id)).not.toContain(bad);
    expect((await fates()).every((fate) => Array.isArray(fate) && fate[0] === 'delivered')).toBe(true);
  });

  it('is given up after its time, and not tried again', { timeout: 60_000 }, async () => {
    await bench.alerts.queue(notificationsFor('noc', 'i1'), never);
    behaviours.push((_request, response) => response.writeHead(404).end());
    const hub = delivery(hook());
    await hub.at(NOW + HOUR);
    expect(await fates()).toEqual([['given_up', 1, 'the receiver answered with status 404']]);
    await hub.at(NOW + 2 * HOUR);
    expect(received).toHaveLength(1);
    expect((await hub.metrics.sendings.get()).values).toContainEqual({
      labels: { receiver: 'noc', result: 'given_up' },
      value: 1,
    });
  });

  it('hears the same id when two hubs deliver at once, and nothing more whatever is put on record later', {
    timeout: 60_000,
  }, async () => {
    await bench.alerts.queue(notificationsFor('noc', 'i1'), never);
    await Promise.all([delivery(hook()).at(NOW), delivery(hook()).at(NOW)]);
    await bench.alerts.queue(notificationsFor('noc', 'i1'), never);
    // Another hub's failures, put on record late.
    const [late] = notificationsFor('noc', 'i1');
    if (late !== undefined)
      await bench.alerts.settle(
        [{ ...late, fate: 'waiting', attempts: 7, nextAttemptMs: NOW, settledMs: undefined, error: 'status 500' }],
        never,
      );
    await delivery(hook()).at(NOW + HOUR / 2);
    expect(new Set(received.map(({ id }) => id)).size).toBe(1);
    expect(received.length).toBeLessThanOrEqual(2);
    expect(await fates()).toEqual([['delivered', 1, '']]);
  });
});

describe('an e-mail', () => {
  const mails: { readonly from: string; readonly to: readonly string[]; readonly text: string }[] = [];
  let server: SMTPServer;
  let front: ReturnType<typeof createTcpServer>;
  let drops = 0;
  let port = 0;

  beforeEach(async () => {
    mails.length = 0;
    server = new SMTPServer({
      authMethods: ['PLAIN'],
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth({ username, password }, _session, done) {
        if (username === 'poplar' && password === 'secret') done(null, { user: username });
        else done(new Error('no such login'));
      },
      onData(stream, { envelope }, done) {
        let text = '';
        stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        stream.on('end', () => {
          mails.push({
            from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
            to: envelope.rcptTo.map(({ address }) => address),
            text,
          });
          done();
        });
      },
    });
    const listening = server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const inner = listening.address();
    const innerPort = inner !== null && typeof inner === 'object' ? inner.port : 0;
    // Drops connections first, as a server that restarts.
    front = createTcpServer((socket: Socket) => {
      socket.on('error', () => undefined);
      if (drops > 0) {
        drops -= 1;
        socket.destroy();
        return;
      }
      const through = connect(innerPort, '127.0.0.1');
      through.on('error', () => socket.destroy());
      socket.pipe(through).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(front, 'listening');
    const address = front.address();
    if (address !== null && typeof address === 'object') ({ port } = address);
  });
  afterEach(async () => {
    const closed = [
      once(front, 'close'),
      new Promise<void>((resolve) => {
        server.close(() => resolve());
      }),
    ];
    front.close();
    await Promise.all(closed);
  });

  const mailer = (more: Partial<Parameters<typeof createEmail>[0]> = {}): Receiver =>
    createEmail({
      name: 'oncall',
      host: '127.0.0.1',
      port,
      tls: 'none',
      ca: undefined,
      login: { user: 'poplar', password: 'secret' },
      from: 'Poplar <poplar@example.net>',
      to: ['ann@example.net', 'bob@example.net'],
      timeoutMs: 10_000,
      ...more,
    });

  it('comes after dropped connections, once, with all incidents of one evaluation', { timeout: 60_000 }, async () => {
    drops = 2;
    await bench.alerts.queue(notificationsFor('oncall', 'i1', 'i2'), never);
    const hub = delivery(mailer());
    await hub.at(NOW);
    await hub.at(NOW + 2000);
    expect(mails).toEqual([]);
    expect(await fates()).toEqual([
      ['waiting', 2, expect.stringMatching(/./)],
      ['waiting', 2, expect.stringMatching(/./)],
    ]);
    await hub.at(NOW + 10_000);
    await hub.at(NOW + HOUR);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({ from: 'poplar@example.net', to: ['ann@example.net', 'bob@example.net'] });
    const text = mails[0]?.text ?? '';
    const [head = ''] = text.split('\r\n\r\n');
    expect(head).toMatch(/^Subject: .*critical/m);
    expect(head).toMatch(/^Message-ID: <[0-9a-f]{32}@example\.net>/m);
    expect(head).toMatch(/^Auto-Submitted: auto-generated/m);
    // What routers say makes no headers.
    expect(head).not.toMatch(/^Bcc:/m);
    expect(text).toContain('Incident: i1');
    expect(text).toContain('Incident: i2');
    expect(text).toContain('https://poplar.example.net/alerts');
    expect(await fates()).toEqual([
      ['delivered', 3, ''],
      ['delivered', 3, ''],
    ]);
  });

  it('is not sent with a refused login, nor in plaintext where TLS is wanted', { timeout: 60_000 }, async () => {
    await bench.alerts.queue(notificationsFor('oncall', 'i1'), never);
    await delivery(mailer({ login: { user: 'poplar', password: 'wrong' } })).at(NOW);
    expect(await fates()).toEqual([['waiting', 1, expect.stringContaining('no such login')]]);
    await delivery(mailer({ tls: 'starttls' })).at(NOW + 2000);
    expect(await fates()).toEqual([['waiting', 2, expect.stringMatching(/TLS/i)]]);
    expect(mails).toEqual([]);
  });
});

it('a receiver that is gone from the configuration leaves its notifications as given up', { timeout: 60_000 }, async () => {
  await bench.alerts.queue(notificationsFor('gone', 'i1'), never);
  await delivery().at(NOW);
  expect(await fates()).toEqual([['given_up', 0, 'the receiver is not in the configuration any more']]);
});
