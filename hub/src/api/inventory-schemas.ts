/** Shapes of the inventory: what there is and was. */
import { z } from '@hono/zod-openapi';
import { INTERFACE, ROUTER, SITE } from './schemas.ts';

const timeMs = (description: string) => z.number().int().describe(`${description}, Unix ms`);
const text = (description: string) => z.string().describe(`${description}; empty when never read`);
const count = (description: string) => z.number().int().nonnegative().describe(description);

export const InventoryRouter = z
  .object({
    site: SITE,
    router: ROUTER,
    first_polled_ms: timeMs('First visit'),
    last_polled_ms: timeMs('Newest visit'),
    first_answered_ms: timeMs('First visit that it answered').nullable(),
    last_answered_ms: timeMs('Newest visit that it answered').nullable(),
    serial: text('Serial number'),
    serial_since_ms: timeMs('When this serial number was seen first').nullable(),
    serials: count('Serial numbers that ever answered under the name: more than one is a replaced router'),
    model: text('Product code'),
    revision: text('Hardware revision'),
    board: text('Board name'),
    architecture: text('Processor architecture'),
    firmware: text('RouterBOARD firmware'),
    version: text('RouterOS version'),
    version_since_ms: timeMs('When this version was seen first').nullable(),
    versions: count('RouterOS versions that it ever ran'),
  })
  .openapi('InventoryRouter');
export type InventoryRouter = z.infer<typeof InventoryRouter>;

export const InventoryInterface = z
  .object({
    site: SITE,
    router: ROUTER,
    interface: INTERFACE,
    type: z.string().describe('RouterOS interface type, as it was seen last'),
    mac: z.string().nullable().describe('Hardware address, AA:BB:CC:DD:EE:FF, as it was seen last; null when it has none'),
    first_seen_ms: timeMs('First poll that listed it'),
    last_seen_ms: timeMs('Newest poll that listed it'),
    present: z.boolean().describe("The newest poll that read the router's interfaces listed it"),
    macs: count('Addresses that it ever had'),
  })
  .openapi('InventoryInterface');
export type InventoryInterface = z.infer<typeof InventoryInterface>;

const nextCursor = z.string().nullable().describe('Give it as cursor for the next page; null on the last one');
const sql = z.string().describe('The statement behind the page, ready to paste into a ClickHouse client');

export const RouterInventory = z
  .object({ routers: z.array(InventoryRouter), next_cursor: nextCursor, sql })
  .openapi('RouterInventory');
export type RouterInventory = z.infer<typeof RouterInventory>;

export const InterfaceInventory = z
  .object({ interfaces: z.array(InventoryInterface), next_cursor: nextCursor, sql })
  .openapi('InterfaceInventory');
export type InterfaceInventory = z.infer<typeof InterfaceInventory>;
