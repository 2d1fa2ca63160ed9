import { z } from 'zod';
import { defineQuery } from './query.ts';

const ms = (column: string): string => `toUnixTimestamp64Milli(${column}) AS ${column}_ms`;
const page = z.object({
  database: z.string(),
  site: z.string().describe('Empty: all'),
  q: z.string().describe('Part of a text, in any case; empty: all'),
  after: z.array(z.string()).describe('Key of the last row of the page before'),
  limit: z.number(),
});
const time = z.number().nullable();

/** Routers of the inventory in the order of their names. */
export const routerInventory = defineQuery({
  name: 'router_inventory',
  sql: `
SELECT site, router, ${['first_polled', 'last_polled', 'first_answered', 'last_answered', 'version_since', 'serial_since'].map(ms).join(', ')},
  serial, model, revision, firmware, board, architecture, version, versions, serials
FROM {database:Identifier}.router_inventory
WHERE ({site:String} = '' OR site = {site:String})
  AND ({q:String} = '' OR arrayExists(text -> positionCaseInsensitiveUTF8(text, {q:String}) > 0, [toString(site), toString(router), serial, toString(model), toString(board), toString(version)]))
  AND (empty({after:Array(String)}) OR (toString(site), toString(router)) > ({after:Array(String)}[1], {after:Array(String)}[2]))
ORDER BY toString(site), toString(router)
LIMIT {limit:UInt32}`,
  params: page,
  row: z.object({
    site: z.string(),
    router: z.string(),
    first_polled_ms: z.number(),
    last_polled_ms: z.number(),
    first_answered_ms: time,
    last_answered_ms: time,
    version_since_ms: time,
    serial_since_ms: time,
    serial: z.string(),
    model: z.string(),
    revision: z.string(),
    firmware: z.string(),
    board: z.string(),
    architecture: z.string(),
    version: z.string(),
    versions: z.number(),
    serials: z.number(),
  }),
});

/** Interfaces of the inventory in the order of their names. */
export const interfaceInventory = defineQuery({
  name: 'interface_inventory',
  sql: `
SELECT site, router, interface, type, if(mac IS NULL, '', MACNumToString(assumeNotNull(mac))) AS address, ${['first_seen', 'last_seen'].map(ms).join(', ')}, is_present, macs
FROM {database:Identifier}.interface_inventory
WHERE ({site:String} = '' OR site = {site:String}) AND ({router:String} = '' OR router = {router:String})
  AND ({q:String} = '' OR arrayExists(text -> positionCaseInsensitiveUTF8(text, {q:String}) > 0, [toString(router), toString(interface), toString(type), address]))
  AND (empty({after:Array(String)}) OR (toString(site), toString(router), toString(interface)) > ({after:Array(String)}[1], {after:Array(String)}[2], {after:Array(String)}[3]))
ORDER BY toString(site), toString(router), toString(interface)
LIMIT {limit:UInt32}`,
  params: page.extend({ router: z.string().describe('Empty: all') }),
  row: z.object({
    site: z.string(),
    router: z.string(),
    interface: z.string(),
    type: z.string(),
    address: z.string(),
    first_seen_ms: z.number(),
    last_seen_ms: z.number(),
    is_present: z.number(),
    macs: z.number(),
  }),
});
