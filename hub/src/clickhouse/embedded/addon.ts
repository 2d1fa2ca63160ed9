/**
 * The chdb addon below its JavaScript wrapper, which has no binary inserts, no written rows and closes connections behind every
 * other query of the process. The package's version is pinned; what is used here is checked when it is loaded.
 *
 * Never used: `StreamQuery`. It computes scalar subqueries on the calling thread: 2.5 s without an event loop were measured.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A connection of the addon. Its settings, parameters and current database are its own. */
export type Connection = object;

export interface QueryResult {
  readonly bytes: Uint8Array;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

export interface WriteResult {
  readonly rowsWritten: number;
  readonly bytesWritten: number;
}

/** What the engine's parser says of a text, run or not. Source: chdb_query_analysis_v1 in chdb.h. */
export interface QueryAnalysis {
  /** Arms of PARALLEL WITH count each. */
  readonly statementCount: number;
  /** 0 reads only, 1 and 2 write, 3 controls the session, the server or files, 4 is not understood. */
  readonly queryClass: number;
}

export interface Addon {
  /** Opens the folder, or another connection to the folder that is open. `args` are options of the engine's command line. */
  CreateConnection(folder: string, args?: readonly string[]): Connection;
  /** Only when nothing runs on the connection. */
  CloseConnection(connection: Connection): void;
  /** Runs on libuv's thread pool. */
  QueryAsyncConnection(connection: Connection, sql: string, format: string): Promise<QueryResult>;
  /** Runs an INSERT on libuv's thread pool and counts what was written. */
  InsertRawAsyncConnection(connection: Connection, sql: string, data: Uint8Array, countLines: boolean): Promise<WriteResult>;
  /** Parses on libuv's thread pool and runs nothing. */
  DurableClassifyAsync(connection: Connection, sql: string, database: string | null): Promise<QueryAnalysis>;
}

const FUNCTIONS = [
  'CreateConnection',
  'CloseConnection',
  'QueryAsyncConnection',
  'InsertRawAsyncConnection',
  'DurableClassifyAsync',
] as const;

/** Loads the engine into this process. Throws when the platform has none. */
export function loadAddon(): Addon {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve('chdb/package.json'));
  const loader: { readonly loadNative: () => unknown } = require(join(folder, 'dist/loader.js'));
  const addon = loader.loadNative();
  if (!isAddon(addon)) throw new Error(`Cannot use the chdb addon: it lacks one of ${FUNCTIONS.join(', ')}; run npm ci`);
  return addon;
}

function isAddon(value: unknown): value is Addon {
  return (
    typeof value === 'object' &&
    value !== null &&
    FUNCTIONS.every((name) => name in value && typeof Reflect.get(value, name) === 'function')
  );
}
