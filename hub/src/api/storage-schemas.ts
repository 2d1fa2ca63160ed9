/** Shapes of what the API says about room on disk. */
import { z } from '@hono/zod-openapi';
import { TIERS } from '../retention/tiers.ts';

const bytes = (description: string) => z.number().int().nonnegative().describe(`${description}, bytes`);
const count = (description: string) => z.number().int().nonnegative().describe(description);
const timeMs = (description: string) => z.number().int().describe(`${description}, Unix ms`);

export const Disk = z
  .object({
    name: z.string().describe("ClickHouse's name of the disk"),
    free_bytes: bytes('Free'),
    total_bytes: bytes('Size'),
  })
  .openapi('Disk');
export type Disk = z.infer<typeof Disk>;

export const StoredTable = z
  .object({
    table: z.string().describe('Table of ClickHouse'),
    tier: z.enum(TIERS).nullable().describe('What is kept equally long (hub.yaml, retention); null: rows do not expire'),
    keep_days: z.number().int().nullable().describe('Days that rows are kept at least; null: for ever'),
    kept_from_ms: timeMs('Rows before this are gone, or about to go').nullable(),
    rows: count('Rows on disk, copies that are not merged yet included'),
    bytes: bytes('On disk'),
    uncompressed_bytes: bytes('Before compression'),
    bytes_yesterday: bytes('What the rows of yesterday (UTC) take on disk').nullable().describe('null: not partitioned by days'),
    parts: count('Parts'),
    partitions: count('Days, months or years that rows are kept in'),
    oldest_ms: timeMs('Start of the oldest of these').nullable(),
    newest_ms: timeMs('End of the newest, exclusive').nullable(),
  })
  .openapi('StoredTable');
export type StoredTable = z.infer<typeof StoredTable>;

export const Storage = z
  .object({
    disks: z.array(Disk).describe('Disks of ClickHouse; below 256 MiB free nothing is stored'),
    bytes: bytes('All tables together'),
    bytes_yesterday: bytes('What the rows of yesterday (UTC) take on disk, in the tables that are partitioned by days'),
    tables: z.array(StoredTable).describe('The largest first'),
    sql: z.string().describe('The statement behind the tables, ready to paste into a ClickHouse client'),
  })
  .openapi('Storage');
export type Storage = z.infer<typeof Storage>;
