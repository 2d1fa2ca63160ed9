/** Shapes of wireless links and of the histories of wireless clients. */
import { z } from '@hono/zod-openapi';
import { PoplarEvent } from './event-schemas.ts';
import { MAC, SITE } from './schemas.ts';

const timeMs = (description: string) => z.number().int().describe(`${description}, Unix ms`);
const value = (description: string) => z.number().nullable().describe(`${description}; null when not reported`);

export const LinkState = z
  .enum(['discovered', 'active', 'degraded', 'down', 'stale', 'unknown'])
  .describe(
    'discovered: registered, but not for long yet. active. degraded: registered, and its values were bad for a while. down: not registered any more. ' +
      'stale: not registered for a day. unknown: the access point is not reached, or polled, or several routers have the address',
  )
  .openapi('LinkState');
export type LinkState = z.infer<typeof LinkState>;

const AP_SITE = z.string().describe('POP of the access point');
const AP = z.string().describe("Access point: name of the router in the agent's configuration");

export const Link = z
  .object({
    site: AP_SITE,
    router: AP,
    mac: MAC,
    interface: z.string().describe("The access point's radio; empty when it was not seen at the transition"),
    cpe_site: SITE.describe('POP of the router that has the address; empty while several have it'),
    cpe: z.string().describe('That router'),
    cpe_interface: z.string().describe('Its radio'),
    state: LinkState,
    since_ms: timeMs('Transition to the state').nullable(),
    cause: z
      .string()
      .describe(
        'Why: registered, settled, recovered, reached, signal, snr, ccq, quality, not_registered, ap_without_clients, roamed, ap_unreachable, ' +
          'table_not_read, duplicate_mac, cpe_changed, cpe_unknown or agent_silent; docs/links.md explains them',
      ),
    roamed_to: z
      .string()
      .describe('Site, access point and radio where the client was when the link went down; empty when nowhere'),
    seen_ms: timeMs('Newest reading of the last quarter of an hour that found it registered').nullable(),
    signal_dbm: value('Signal at the access point then, dBm'),
    snr_db: value('Signal to noise, dB'),
    tx_ccq_pct: value('Connection quality towards the client, percent'),
    tx_rate_bps: value('Modulation rate towards the client, bit/s'),
    rx_rate_bps: value('Modulation rate from the client, bit/s'),
  })
  .openapi('Link');
export type Link = z.infer<typeof Link>;

export const LinkList = z
  .object({
    links: z.array(Link).describe('In order of site, access point and address'),
    truncated: z.boolean().describe('There are more: ask for one site'),
    sql: z.string().describe('The statement behind the states, ready to paste into a ClickHouse client'),
  })
  .openapi('LinkList');
export type LinkList = z.infer<typeof LinkList>;

export const SignalPoint = z
  .object({
    ts_ms: timeMs('Start of the bucket'),
    site: AP_SITE,
    router: AP,
    interface: z.string().describe("The access point's radio"),
    samples: z.number().int().describe('Readings that found it registered'),
    signal_dbm: value('Signal at the access point, average, dBm'),
    signal_min_dbm: value('The weakest one, dBm'),
    snr_db: value('Signal to noise, average, dB'),
    tx_ccq_pct: value('Connection quality towards the client, average, percent'),
    tx_rate_bps: value('Modulation rate towards the client, average, bit/s'),
    rx_rate_bps: value('Modulation rate from the client, average, bit/s'),
  })
  .openapi('SignalPoint');
export type SignalPoint = z.infer<typeof SignalPoint>;

const history = {
  from_ms: timeMs('Start of the range'),
  to_ms: timeMs('End of the range, exclusive'),
  step_ms: z.number().int().describe('Length of a bucket, ms'),
  points: z.array(SignalPoint).describe('Buckets in which it was registered, in order of time; one per radio'),
  sql: z.string().describe('The statement behind the points, ready to paste into a ClickHouse client'),
};

export const LinkDetail = z
  .object({
    link: Link.nullable().describe('As it is now; null when it was none in the last month'),
    transitions: z.array(PoplarEvent).describe('Its transitions in the range, the newest first'),
    ...history,
  })
  .openapi('LinkDetail');
export type LinkDetail = z.infer<typeof LinkDetail>;

export const ClientHistory = z
  .object({
    mac: MAC,
    events: z.array(PoplarEvent).describe('Where it joined, left and roamed in the range, the newest first'),
    ...history,
  })
  .openapi('ClientHistory');
export type ClientHistory = z.infer<typeof ClientHistory>;
