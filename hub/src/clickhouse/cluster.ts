/**
 * The schema on a cluster of ClickHouse servers, made from the migrations for one. Pure.
 *
 * Every table becomes two: `<table>_local`, replicated, on every shard, and `<table>`, a `Distributed` table over these that everybody reads
 * and writes by the plain name. Rows are sharded by site, and those of what has no site by agent: both are in the identity, so all rows of
 * one are on one shard, where the engine keeps the newest of them. Materialized views feed from local table to local table of the same
 * shard. A table with neither is the same on every server, a replica of one.
 */
import { type SqlToken, sqlName, sqlString, sqlTokens } from './sql-tokens.ts';

export interface Cluster {
  /** As `remote_servers` of the servers' configuration calls it. */
  readonly name: string;
}

/** `{uuid}` lets a table be replaced: its successor has a path of its own. The macros are those of the servers' configuration. */
const SHARDED = ["'/clickhouse/tables/{uuid}/{shard}'", "'{replica}'"];
const GLOBAL = ["'/clickhouse/tables/{uuid}/all'", "'{shard}-{replica}'"];

/** Rows are in a Distributed table's shards when the answer comes, and on most replicas of each. Joins of two such tables see all shards. */
export const CLUSTER_SETTINGS = {
  distributed_foreground_insert: 1,
  insert_quorum: 'auto',
  distributed_product_mode: 'global',
  optimize_skip_unused_shards: 1,
} as const;

/** A statement that has no counterpart on a cluster. */
export class ClusterDdlError extends Error {
  override readonly name = 'ClusterDdlError';
}

/** How a statement that changes rows or parts of a table names it: `ALTER TABLE …`. */
export function storedName(table: string, cluster: Cluster | undefined): string {
  return cluster === undefined ? sqlName(table) : `${sqlName(localName(table))} ${onCluster(cluster)}`;
}

/** A system table, of one replica of every shard where there are shards. */
export function systemTable(table: `system.${string}`, cluster: Cluster | undefined): string {
  return cluster === undefined ? table : `cluster(${sqlString(cluster.name)}, ${table})`;
}

export interface ClusterDdl {
  /**
   * Returns what a statement of a migration is on the cluster. Statements must come in their order, from the first on: later ones are about
   * tables that earlier ones made. Throws ClusterDdlError.
   */
  of(statement: string): string[];
}

type Kind = 'site' | 'agent' | 'global';

/** `database` is the one that holds the tables: the servers do not know which is the current one of whoever asks. */
export function createClusterDdl(cluster: Cluster, database: string): ClusterDdl {
  const kinds = new Map<string, Kind>();
  const views = new Set<string>();
  const on = onCluster(cluster);

  const kindOf = (table: string): Kind => {
    const kind = kinds.get(table);
    if (kind === undefined)
      throw new ClusterDdlError(`Cannot make the schema of a cluster: no statement made the table ${table}`);
    return kind;
  };
  const stored = (table: string): string => (kindOf(table) === 'global' ? table : localName(table));

  /** The table that everybody names. It holds nothing, so that it is simply made again when its columns change. */
  function distributed(table: string): string[] {
    const kind = kindOf(table);
    if (kind === 'global') return [];
    return [
      `CREATE OR REPLACE TABLE ${table} ${on} AS ${localName(table)}\nENGINE = Distributed(${sqlString(cluster.name)}, ${sqlString(database)}, ${sqlString(localName(table))}, cityHash64(${kind}))`,
    ];
  }

  function createTable(statement: string, words: readonly SqlToken[], table: string, nameToken: SqlToken): string[] {
    const engine = words[words.findIndex(({ text }) => text === 'ENGINE') + 1];
    if (engine === undefined) throw new ClusterDdlError(`Cannot make the schema of a cluster: ${table} names no engine`);
    const columns = columnsOf(statement, nameToken, engine);
    const clone = words.find(({ text, start }) => text === 'CLONE' && start < engine.start);
    if (clone === undefined) kinds.set(table, columns.has('site') ? 'site' : columns.has('agent') ? 'agent' : 'global');
    // Rows of before are copied by migrations that no cluster has ever been without.
    const copied = words.find(({ text, start }) => text === 'AS' && start > engine.end);
    const end = copied?.start ?? statement.length;
    const columnsText = clone === undefined ? statement.slice(nameToken.end, engine.start) : ` AS ${stored(table)}\nENGINE = `;
    const head = `${statement.slice(0, nameToken.start)}${stored(table)} ${on}`;
    const made = `${head}${columnsText}${replicated(statement.slice(engine.start, end).trimEnd(), engine.text, kindOf(table))}`;
    return [made, ...distributed(table)];
  }

  /** The text with the names of tables behind FROM and JOIN replaced by those of the shard's own. */
  function fromLocal(text: string): string {
    let result = '';
    let at = 0;
    let previous = '';
    for (const { kind, text: word, start, end } of sqlTokens(text)) {
      if (kind === 'word' && (previous === 'FROM' || previous === 'JOIN') && kinds.has(word)) {
        result += text.slice(at, start) + stored(word);
        at = end;
      }
      previous = kind === 'word' ? word.toUpperCase() : '';
    }
    return result + text.slice(at);
  }

  function of(statement: string): string[] {
    const words = [...sqlTokens(statement)].filter(({ kind, depth }) => kind === 'word' && depth === 0);
    const head = /^(?:CREATE(?: OR REPLACE)?|ALTER|DROP) (TABLE|VIEW|MATERIALIZED VIEW)(?: IF (?:NOT )?EXISTS)?$/;
    // The name follows the longest beginning that is a head.
    const taken = words.findIndex((_, index) => {
      const text = words.slice(0, index).map((word) => word.text);
      return head.test(text.join(' ')) && words[index]?.text !== 'IF';
    });
    const what = head.exec(
      words
        .slice(0, taken)
        .map(({ text }) => text)
        .join(' '),
    )?.[1];
    const name = words[taken];
    const verb = words[0]?.text;
    // Rows are read and written by the plain names.
    if (verb === 'INSERT') return [statement];
    if (what === undefined || name === undefined)
      throw new ClusterDdlError(
        `Cannot make the schema of a cluster: nothing is known of ${statement.slice(0, 60).replaceAll(/\s+/g, ' ')} …`,
      );
    const table = name.text;
    const withHead = (named: string, rest: string): string => `${statement.slice(0, name.start)}${named} ${on}${rest}`;
    const rest = statement.slice(name.end);
    if (verb === 'CREATE' && what === 'TABLE') return createTable(statement, words, table, name);
    if (verb === 'CREATE') {
      views.add(table);
      if (what === 'VIEW') return [withHead(table, rest)];
      const to = words[taken + 2];
      if (words[taken + 1]?.text !== 'TO' || to === undefined)
        throw new ClusterDdlError(`Cannot make the schema of a cluster: ${table} names no table that it fills`);
      return [withHead(table, ` TO ${stored(to.text)}${fromLocal(statement.slice(to.end))}`)];
    }
    if (verb === 'DROP') {
      if (what !== 'TABLE') return [withHead(table, rest)];
      const local = kindOf(table) === 'global' ? [] : [withHead(localName(table), rest)];
      kinds.delete(table);
      return [withHead(table, rest), ...local];
    }
    // A view that fills a table has its query modified.
    if (views.has(table)) return [withHead(table, fromLocal(rest))];
    return [withHead(stored(table), rest), ...distributed(table)];
  }

  return { of };
}

/** `CREATE DATABASE` of the cluster. */
export function databaseDdl(database: string, cluster: Cluster | undefined): string {
  return `CREATE DATABASE IF NOT EXISTS ${sqlName(database)}${cluster === undefined ? '' : ` ${onCluster(cluster)}`}`;
}

function localName(table: string): string {
  return `${table}_local`;
}

function onCluster({ name }: Cluster): string {
  return `ON CLUSTER ${sqlName(name)}`;
}

/** The first words of the list between the table's name and its engine, which are its columns. */
function columnsOf(statement: string, name: SqlToken, engine: SqlToken): Set<string> {
  const columns = new Set<string>();
  let opens = false;
  for (const { kind, text, depth, start } of sqlTokens(statement)) {
    if (start < name.end || start > engine.start) continue;
    if (kind === 'symbol' && ((text === '(' && depth === 0) || (text === ',' && depth === 1))) opens = true;
    else {
      if (opens && kind === 'word') columns.add(text);
      opens = false;
    }
  }
  return columns;
}

/** What follows ENGINE, with the engine replicated: its path and replica come before its own arguments. */
function replicated(text: string, engine: string, kind: Kind): string {
  const place = (kind === 'global' ? GLOBAL : SHARDED).join(', ');
  const rest = text.slice(engine.length);
  const own = rest.startsWith('(') ? `, ${rest.slice(1)}` : `)${rest}`;
  return `Replicated${engine}(${place}${own}`;
}
