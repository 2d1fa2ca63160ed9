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
import { setTimeout as delay } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';
import { z } from 'zod';
import { IN_DEFAULT_DATABASE } from './client.ts';
import { type Cluster, createClusterDdl, databaseDdl } from './cluster.ts';
import { splitStatements, sqlTokens } from './sql-tokens.ts';
import { asStoreError, StoreError } from './store-error.ts';

export interface MigrateConfig {
  /** Created when it does not exist; must be the client's own. */
  readonly database: string;
  /** Holds the files. */
  readonly folder: string;
  /** Where several servers hold the tables; the files are written for one. */
  readonly cluster?: Cluster | undefined;
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
  { database, folder, cluster, log }: MigrateConfig,
): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(folder);
  await run(client, databaseDdl(database, cluster), true);
  const ddl = cluster === undefined ? undefined : createClusterDdl(cluster, database);
  const made = (statement: string): string[] => ddl?.of(statement) ?? [statement];
  for (const statement of made(
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
  ))
    await run(client, statement);
  // Those of files that were applied tell which tables there are.
  const statementsOf = new Map(migrations.map(({ version, statements }) => [version, statements.flatMap(made)]));
  const known = await readApplied(client);
  const pending = pendingMigrations(migrations, known);
  for (const { version, name, sha256 } of pending) {
    const statements = statementsOf.get(version) ?? [];
    for (const statement of statements) await runRepeatable(client, statement);
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
    const mergingTables = new Set(statements.flatMap(mergingTableOf));
    for (const statement of statements) {
      if (!isRepeatable(statement, mergingTables)) {
        const start = statement.slice(0, 60).replaceAll(/\s+/g, ' ');
        throw new MigrationError(
          `Cannot migrate: a statement of ${name} cannot run twice, so a crash behind it could not be mended: ${start} … Add IF NOT EXISTS or IF EXISTS; rows can only be copied into a table that the same file makes and that keeps equal rows once.`,
        );
      }
    }
    migrations.push({ version, name, sha256: createHash('sha256').update(text).digest('hex'), statements });
  }
  return migrations;
}

/** More words than any ALTER has; an INSERT with its data would have no end. */
const WORDS_MAX = 10_000;

/** Words outside of brackets, as they are written. */
function outerWords(statement: string): string[] {
  const words: string[] = [];
  for (const { kind, text, depth } of sqlTokens(statement)) {
    if (kind === 'word' && depth === 0) words.push(text);
    if (words.length >= WORDS_MAX) break;
  }
  return words;
}

/** Aggregates that are the same however often they take in a value. */
const IDEMPOTENT = new Set(['min', 'max', 'groupBitmap']);

/** The table that a statement creates, where it merges rows with the same key in such a way that one stored twice is one. */
function mergingTableOf(statement: string): string[] {
  const [, name, engine] =
    /^CREATE (?:OR REPLACE )?TABLE (?:IF NOT EXISTS )?(\w+) .*\bENGINE (Replacing|Aggregating)MergeTree\b/.exec(
      outerWords(statement).join(' '),
    ) ?? [];
  if (name === undefined) return [];
  const aggregates = [...statement.matchAll(/AggregateFunction\((\w+)/g)].map(([, aggregate = '']) => aggregate);
  return engine === 'Replacing' || aggregates.every((aggregate) => IDEMPOTENT.has(aggregate)) ? [name] : [];
}

/** CREATE, DROP, RENAME, ADD … need their IF, INSERT … SELECT its table; replacing and modifying are the same the second time. */
function isRepeatable(statement: string, mergingTables: ReadonlySet<string>): boolean {
  const written = outerWords(statement);
  const words = written.map((word) => word.toUpperCase());
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
    case 'INSERT':
      // Elsewhere its rows would be there twice.
      return words[1] === 'INTO' && mergingTables.has(written[2] ?? '') && words.includes('SELECT');
    default:
      return true;
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

/** UNKNOWN_TABLE, TABLE_IS_DROPPED, CANNOT_GET_CREATE_TABLE_QUERY, DEADLOCK_AVOIDED, CANNOT_ASSIGN_ALTER: also what becomes of a statement whose table another hub replaces meanwhile. */
const CONTENDED: ReadonlySet<number | undefined> = new Set([60, 218, 390, 473, 517]);
const CONTENDED_TRIES = 20;
const CONTENDED_PAUSE_MS = 50;

/** Runs a statement that can run twice; again for a second where another hub may have been in its way. */
async function runRepeatable(client: ClickHouseClient, statement: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run(client, statement);
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || !CONTENDED.has(error.code) || attempt >= CONTENDED_TRIES) throw error;
    }
    await delay(CONTENDED_PAUSE_MS);
  }
}

async function run(client: ClickHouseClient, query: string, inDefaultDatabase = false): Promise<void> {
  try {
    await client.command({ query, ...(inDefaultDatabase ? { http_headers: IN_DEFAULT_DATABASE } : {}) });
  } catch (error) {
    throw asStoreError(error);
  }
}
