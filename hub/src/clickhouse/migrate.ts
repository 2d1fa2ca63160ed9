/**
 * Brings the schema of a database up to date from files `NNNN_verb_noun.sql`.
 *
 * ClickHouse has neither transactions over DDL nor locks, so every statement can be repeated (IF NOT EXISTS and the like,
 * checked here): a crash in the middle of a file is mended by running the file again, and two hubs that migrate at once run the
 * same statements to the same end. A file is recorded after its last statement.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';
import { z } from 'zod';
import { IN_DEFAULT_DATABASE } from './client.ts';
import { splitStatements, sqlName, sqlTokens } from './sql-tokens.ts';
import { asStoreError } from './store-error.ts';

export interface MigrateConfig {
  /** Created when it does not exist; must be the client's own. */
  readonly database: string;
  /** Holds the files. */
  readonly folder: string;
  readonly log: Pick<Logger, 'info'>;
}

/** The schema and this program do not fit: somebody must decide. Trying again does not help. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

interface Migration {
  readonly version: number;
  /** `NNNN_verb_noun`. */
  readonly name: string;
  /** Of the text with Unix line ends, hex. */
  readonly sha256: string;
  readonly statements: readonly string[];
}

const APPLIED = z.array(z.object({ version: z.number(), name: z.string(), sha256: z.string() }));

/**
 * Applies the files that the database has not seen, in order, and tells their names. Throws MigrationError when a past file was
 * edited, is missing or comes late, StoreError when ClickHouse refuses a statement.
 */
export async function migrate(
  client: ClickHouseClient,
  { database, folder, log }: MigrateConfig,
): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(folder);
  await run(client, `CREATE DATABASE IF NOT EXISTS ${sqlName(database)}`, true);
  await run(
    client,
    `CREATE TABLE IF NOT EXISTS schema_migrations
    (
        version    UInt32 COMMENT 'Number of the file',
        name       String COMMENT 'File, without .sql',
        sha256     String COMMENT 'Of the file, hex',
        applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When its last statement had run'
    )
    ENGINE = ReplacingMergeTree(applied_at)
    ORDER BY (version, sha256)
    SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1
    COMMENT 'Migrations that this database has seen'`,
  );
  const known = await readApplied(client);
  const pending = pendingMigrations(migrations, known);
  for (const { version, name, sha256, statements } of pending) {
    for (const statement of statements) await run(client, statement);
    await record(client, { version, name, sha256 });
    log.info({ migration: name, statements: statements.length }, 'Applied a migration');
  }
  return { applied: pending.map(({ name }) => name) };
}

/** Names of the files that the database has not seen; changes nothing. Throws as `migrate` does. */
export async function pendingMigrationNames(client: ClickHouseClient, folder: string): Promise<string[]> {
  return pendingMigrations(await readMigrations(folder), await readApplied(client)).map(({ name }) => name);
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  const migrations: Migration[] = [];
  for (const file of files) {
    const version = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)?.[1] ?? Number.NaN);
    if (Number.isNaN(version)) throw new MigrationError(`Cannot migrate: ${join(folder, file)} is not named NNNN_verb_noun.sql`);
    const twin = migrations.find((other) => other.version === version);
    const name = file.slice(0, -'.sql'.length);
    if (twin !== undefined)
      throw new MigrationError(`Cannot migrate: ${twin.name} and ${name} have the same number; renumber the newer one`);
    const text = (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n');
    const statements = splitStatements(text);
    for (const statement of statements) {
      if (!isRepeatable(statement)) {
        const start = statement.slice(0, 60).replaceAll(/\s+/g, ' ');
        throw new MigrationError(
          `Cannot migrate: a statement of ${name} cannot run twice, so a crash behind it could not be mended: ${start} … Add IF NOT EXISTS or IF EXISTS.`,
        );
      }
    }
    migrations.push({ version, name, sha256: createHash('sha256').update(text).digest('hex'), statements });
  }
  return migrations;
}

/** More words than any ALTER has; an INSERT with its data would have no end. */
const WORDS_MAX = 10_000;

/** CREATE, DROP, RENAME, ADD … need their IF; replacing and modifying are the same the second time. */
function isRepeatable(statement: string): boolean {
  const words: string[] = [];
  for (const { kind, text, depth } of sqlTokens(statement)) {
    if (kind === 'word' && depth === 0) words.push(text.toUpperCase());
    if (words.length >= WORDS_MAX) break;
  }
  const [verb = ''] = words;
  const text = words.join(' ');
  switch (verb) {
    case 'CREATE':
    case 'ATTACH':
      return text.includes('IF NOT EXISTS') || text.startsWith('CREATE OR REPLACE');
    case 'DROP':
    case 'DETACH':
    case 'RENAME':
      return text.includes('IF EXISTS');
    case 'ALTER': {
      // Actions that fail the second time name something that must (not) be there.
      const actions =
        text.match(
          /\b(ADD|DROP|CLEAR|RENAME|COMMENT|MODIFY) (COLUMN|INDEX|PROJECTION|CONSTRAINT|STATISTICS)\b(?: IF (?:NOT )?EXISTS)?/g,
        ) ?? [];
      return actions.every((action) => action.endsWith('EXISTS') || action.startsWith('MODIFY'));
    }
    default:
      // INSERT would store its rows twice.
      return verb !== 'INSERT';
  }
}

async function readApplied(client: ClickHouseClient): Promise<z.infer<typeof APPLIED>> {
  try {
    const answer = await client.query({
      query: 'SELECT version, name, sha256 FROM schema_migrations FINAL ORDER BY version',
      format: 'JSONEachRow',
    });
    return APPLIED.parse(await answer.json());
  } catch (error) {
    throw error instanceof z.ZodError ? error : asStoreError(error);
  }
}

function pendingMigrations(migrations: readonly Migration[], known: z.infer<typeof APPLIED>): Migration[] {
  for (const { version, name, sha256 } of known) {
    const file = migrations.find((migration) => migration.version === version);
    if (file === undefined) {
      throw new MigrationError(
        `Cannot migrate: the database has seen ${name}, which this version of Poplar does not know. Run the newer version.`,
      );
    }
    if (file.sha256 !== sha256) {
      throw new MigrationError(
        `Cannot migrate: ${file.name}.sql was edited after it was applied. Restore the file, and put the change into a new migration.`,
      );
    }
  }
  const newest = known.at(-1);
  const pending = migrations.filter(({ version }) => !known.some((row) => row.version === version));
  for (const { version, name } of pending) {
    if (newest !== undefined && version < newest.version) {
      throw new MigrationError(
        `Cannot migrate: ${name} comes before ${newest.name}, which is applied already. Give it a higher number.`,
      );
    }
  }
  return pending;
}

async function record(client: ClickHouseClient, row: { version: number; name: string; sha256: string }): Promise<void> {
  try {
    await client.insert({
      table: 'schema_migrations',
      values: [row],
      columns: ['version', 'name', 'sha256'],
      format: 'JSONEachRow',
    });
  } catch (error) {
    throw asStoreError(error);
  }
}

async function run(client: ClickHouseClient, query: string, inDefaultDatabase = false): Promise<void> {
  try {
    await client.command({ query, ...(inDefaultDatabase ? { http_headers: IN_DEFAULT_DATABASE } : {}) });
  } catch (error) {
    throw asStoreError(error);
  }
}
