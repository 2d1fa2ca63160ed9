/** Which tables are kept equally long, and from when on. Pure. */
import { POLL_TABLE, ROW_TABLES } from '../writer/tables.ts';

export const TIERS = ['raw', 'polls', 'rollup_5m', 'rollup_1h', 'rollup_1d', 'events'] as const;
export type Tier = (typeof TIERS)[number];

/** Days that the rows of each tier are kept at least; null keeps them for ever. */
export type RetentionDays = Readonly<Record<Tier, number | null>>;

export const DAY_MS = 24 * 3600_000;

const TIER_OF_TABLE: ReadonlyMap<string, Tier> = new Map<string, Tier>([
  ...ROW_TABLES.map(({ table }): [string, Tier] => [table, 'raw']),
  [POLL_TABLE.table, 'polls'],
  // What became of the batches that brought them: without it nobody could tell why polls are missing.
  ['batches', 'polls'],
  ['interface_rollup_5m', 'rollup_5m'],
  ['interface_rollup_1h', 'rollup_1h'],
  ['interface_rollup_1d', 'rollup_1d'],
  // A row per thing and day, as those.
  ['interface_days', 'rollup_1d'],
  ['router_days', 'rollup_1d'],
  ['router_software_days', 'rollup_1d'],
  ['router_board_days', 'rollup_1d'],
  ['events', 'events'],
  ['incidents', 'events'],
  // By these wireless links are found, and where a client was.
  ['interface_mac_hours', 'events'],
  ['radio_client_quarters', 'events'],
]);

/** Every table whose rows expire, there yet or not. */
export const EXPIRING_TABLES: readonly string[] = [...TIER_OF_TABLE.keys()];

/** The tier of a table; undefined for one whose rows do not expire. */
export function tierOf(table: string): Tier | undefined {
  return TIER_OF_TABLE.get(table);
}

/** Start of the first day (UTC) that is kept, Unix ms; 0 when everything is. */
export function floorOf(days: number | null, nowMs: number): number {
  return days === null ? 0 : Math.max(0, Math.floor(nowMs / DAY_MS) - days) * DAY_MS;
}

export interface PartitionSpan {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

/** The days, month or year that a partition id of a tier's table names (20260131, 202601, 2026); undefined for any other id. */
export function partitionSpan(id: string): PartitionSpan | undefined {
  const [, year, month, day] = /^(\d{4})(?:(\d{2})(\d{2})?)?$/.exec(id) ?? [];
  if (year === undefined) return undefined;
  const [y, m, d] = [Number(year), Number(month ?? 1) - 1, Number(day ?? 1)];
  const next = day !== undefined ? Date.UTC(y, m, d + 1) : month !== undefined ? Date.UTC(y, m + 1, 1) : Date.UTC(y + 1, 0, 1);
  return { fromMs: Date.UTC(y, m, d), toMs: next };
}
