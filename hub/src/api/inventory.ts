import type { RouteDeps } from './deps.ts';
import type { InterfaceInventory, RouterInventory } from './inventory-schemas.ts';
import { interfaceInventory, routerInventory } from './queries/inventory.ts';
import { literalSql } from './queries/query.ts';

interface InventoryRequest {
  readonly site?: string | undefined;
  readonly q?: string | undefined;
  /** Key of the last row of the page before. */
  readonly after?: readonly string[] | undefined;
  /** Most rows. */
  readonly limit: number;
}

type InventoryDeps = Pick<RouteDeps, 'reader' | 'database'>;

/** A page of routers that were ever visited, in the order of site and name. @throws StoreError */
export async function readRouterInventory(
  { reader, database }: InventoryDeps,
  { site = '', q = '', after = [], limit }: InventoryRequest,
  signal: AbortSignal,
): Promise<RouterInventory> {
  const params = { database, site, q, after: [...after], limit: limit + 1 };
  const routers = await reader.rows(routerInventory, params, signal);
  const page = routers.slice(0, limit);
  const last = routers.length > limit ? page.at(-1) : undefined;
  return {
    routers: page,
    next_cursor: last === undefined ? null : encodeKey([last.site, last.router]),
    sql: literalSql(routerInventory.sql, params),
  };
}

/** A page of interfaces that were ever listed, in the order of site, router and name. @throws StoreError */
export async function readInterfaceInventory(
  { reader, database }: InventoryDeps,
  { site = '', router = '', q = '', after = [], limit }: InventoryRequest & { readonly router?: string | undefined },
  signal: AbortSignal,
): Promise<InterfaceInventory> {
  const params = { database, site, router, q, after: [...after], limit: limit + 1 };
  const rows = await reader.rows(interfaceInventory, params, signal);
  const interfaces = rows.slice(0, limit).map(({ address, is_present, ...row }) => ({
    ...row,
    mac: address === '' ? null : address,
    present: is_present === 1,
  }));
  const last = rows.length > limit ? interfaces.at(-1) : undefined;
  return {
    interfaces,
    next_cursor: last === undefined ? null : encodeKey([last.site, last.router, last.interface]),
    sql: literalSql(interfaceInventory.sql, params),
  };
}

function encodeKey(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Returns undefined for text that encodeKey did not make of so many parts. */
export function decodeKey(text: string, length: number): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (!Array.isArray(value) || value.length !== length) return undefined;
    const parts = value.filter((part) => typeof part === 'string');
    return parts.length === length ? parts : undefined;
  } catch {
    return undefined;
  }
}

/** Rows as CSV with a heading (RFC 4180): times in ISO 8601, what is not known empty. */
export function inventoryCsv(rows: readonly Readonly<Record<string, string | number | boolean | null>>[]): string {
  const names = Object.keys(rows[0] ?? {});
  const cell = (name: string, value: string | number | boolean | null | undefined): string => {
    if (value === null || value === undefined) return '';
    const text = name.endsWith('_ms') && typeof value === 'number' ? new Date(value).toISOString() : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => names.map((name) => cell(name, row[name])).join(','));
  return [names.map((name) => name.replace(/_ms$/, '')).join(','), ...lines].map((line) => `${line}\r\n`).join('');
}
