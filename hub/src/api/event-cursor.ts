/** Position in the list of events: opaque text that names the last event sent. */
import { z } from 'zod';

const EventCursor = z.tuple([z.number().int(), z.string(), z.string(), z.string(), z.string()]);

/** Time in Unix ms, site, kind, router and object of an event. */
export type EventCursor = z.infer<typeof EventCursor>;

export function encodeEventCursor(cursor: EventCursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** Returns undefined for text that encodeEventCursor did not make. */
export function decodeEventCursor(text: string): EventCursor | undefined {
  try {
    return EventCursor.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString())).data;
  } catch {
    return undefined;
  }
}
