/** Notifications as POST requests, one each, signed with a shared secret. */
import { createHmac } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { VERSION } from '../version.ts';
import type { Receiver } from './delivery.ts';

export interface WebhookConfig {
  readonly name: string;
  /** http or https. */
  readonly url: string;
  readonly secret: string | undefined;
  /** PEM of the authority that signed the receiver's certificate. */
  readonly ca: string | undefined;
  /** Longest wait for the whole answer, ms. */
  readonly timeoutMs: number;
}

/** `t=SECONDS,v1=HEX`: HMAC-SHA256 over `SECONDS.BODY`, so that an old request cannot be sent again as new. */
export function signature(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** The answer must have a status of 2xx; redirections are not followed. */
export function createWebhook({ name, url, secret, ca, timeoutMs }: WebhookConfig, nowMs: () => number): Receiver {
  async function post(id: string, incident: string, body: string, signal: AbortSignal): Promise<void> {
    const seconds = Math.floor(nowMs() / 1000);
    const headers: Record<string, string | number> = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': `poplar/${VERSION}`,
      'poplar-notification-id': id,
      'poplar-incident-id': incident,
    };
    if (secret !== undefined) headers['poplar-signature'] = signature(secret, seconds, body);
    const late = AbortSignal.timeout(timeoutMs);
    try {
      const status = await send(
        url,
        { method: 'POST', headers, agent: false, signal: AbortSignal.any([signal, late]), ...(ca === undefined ? {} : { ca }) },
        body,
      );
      if (status < 200 || status > 299) throw new Error(`the receiver answered with status ${status}`);
    } catch (error) {
      signal.throwIfAborted();
      throw late.aborted ? new Error(`no answer within ${timeoutMs} ms`, { cause: error }) : error;
    }
  }

  return {
    name,
    togetherMax: 1,
    async send(notifications, signal) {
      for (const { id, incident, body } of notifications) await post(id, incident, body, signal);
    },
  };
}

/** Resolves with the status when the answer has ended. */
function send(url: string, options: Parameters<typeof requestHttps>[1], body: string): Promise<number> {
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sending = request(url, options, (response) => {
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', reject);
      // What it says beyond the status interests nobody.
      response.resume();
    });
    sending.once('error', reject);
    sending.end(body);
  });
}
