/** Shapes of events as the API tells them. */
import { z } from '@hono/zod-openapi';
import { SITE } from './schemas.ts';

export const PoplarEvent = z
  .object({
    ts_ms: z.number().int().describe('Start of the poll that shows the transition, Unix ms'),
    site: SITE,
    kind: z.string().describe('What changed: router_state, router_rebooted, interface_state …; docs/events.md has them all'),
    router: z.string().describe("Name of the router in the agent's configuration; empty when it is not about one"),
    object: z.string().describe('What of the router: an interface, a MAC address, an agent; empty for the router itself'),
    old: z.string().describe('State or value before; empty when there was none'),
    new: z.string().describe('State or value since then'),
    cause: z.string().describe('Why, as far as the rows tell; empty when they do not'),
    detail: z.record(z.string(), z.unknown()).describe('What else there is to know, by kind'),
    lasted_ms: z
      .number()
      .nullable()
      .describe(
        'How long old had lasted, ms: by its own event where that is older than what the derivation looks back on; null when unknown',
      ),
  })
  .openapi('Event');
export type PoplarEvent = z.infer<typeof PoplarEvent>;

export const EventList = z
  .object({
    from_ms: z.number().int().describe('Start of the range, Unix ms'),
    to_ms: z.number().int().describe('End of the range, Unix ms, exclusive'),
    events: z.array(PoplarEvent).describe('The newest first'),
    next_cursor: z.string().nullable().describe('Pass as cursor to read on; null at the end'),
    sql: z.string().describe('The statement behind it, ready to paste into a ClickHouse client'),
  })
  .openapi('EventList');
export type EventList = z.infer<typeof EventList>;
