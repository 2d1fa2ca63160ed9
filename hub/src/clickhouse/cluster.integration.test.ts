import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClusterDdlError, createClusterDdl, storedName, systemTable } from './cluster.ts';
import { clusterMigrations } from './cluster-schema.ts';
import { migrate } from './migrate.ts';
import { startTestEngine, type TestEngine } from './testing.ts';

const MIGRATIONS = join(import.meta.dirname, '../../clickhouse/migrations');
const CLUSTER = { name: 'poplar' };

const statements = clusterMigrations(MIGRATIONS, CLUSTER, 'poplar').flatMap((migration) => migration.statements);

describe('the schema of a cluster', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startTestEngine();
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it('has two tables for one: what holds the rows on every shard, and what everybody names', () => {
    const ddl = createClusterDdl(CLUSTER, 'poplar');
    const distributed = `CREATE OR REPLACE TABLE a ON CLUSTER \`poplar\` AS a_local
ENGINE = Distributed('poplar', 'poplar', 'a_local', cityHash64(site))`;
    const local = `CREATE TABLE IF NOT EXISTS a_local ON CLUSTER \`poplar\`
(
    site LowCardinality(String) COMMENT 'ENGINE = MergeTree, AS it seems',
    v    UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', v)
ORDER BY site
SETTINGS fsync_after_insert = 1
COMMENT 'Rows'`;
    const single = local
      .replace('a_local ON CLUSTER `poplar`', 'a')
      .replace("ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', v)", 'ReplacingMergeTree(v)');
    expect(ddl.of(single)).toEqual([local, distributed]);
    // Replaced: in place of the same columns, or of others whose rows were copied before there were clusters.
    expect(ddl.of('CREATE OR REPLACE TABLE a CLONE AS a\nENGINE = ReplacingMergeTree\nORDER BY site')).toEqual([
      "CREATE OR REPLACE TABLE a_local ON CLUSTER `poplar` AS a_local\nENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')\nORDER BY site",
      distributed,
    ]);
    expect(
      ddl.of('CREATE OR REPLACE TABLE a (site String) ENGINE = ReplacingMergeTree ORDER BY site AS SELECT site FROM a')[0],
    ).toBe(
      "CREATE OR REPLACE TABLE a_local ON CLUSTER `poplar` (site String) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}') ORDER BY site",
    );
    expect(ddl.of('ALTER TABLE a\n    ADD COLUMN IF NOT EXISTS w UInt8')).toEqual([
      'ALTER TABLE a_local ON CLUSTER `poplar`\n    ADD COLUMN IF NOT EXISTS w UInt8',
      distributed,
    ]);
    expect(ddl.of('DROP TABLE IF EXISTS a')).toEqual([
      'DROP TABLE IF EXISTS a ON CLUSTER `poplar`',
      'DROP TABLE IF EXISTS a_local ON CLUSTER `poplar`',
    ]);
  });

  it('is ClickHouse to its parser, on the cluster and replicated', async () => {
    for (const statement of statements) {
      const answer = await engine.client.query({ query: `EXPLAIN AST ${statement}`, format: 'TabSeparated' });
      expect(await answer.text(), statement).not.toBe('');
    }
    const ddl = statements.filter((statement) => !statement.startsWith('INSERT'));
    expect(ddl.filter((statement) => !statement.includes('ON CLUSTER `poplar`'))).toEqual([]);
    expect(ddl.filter((statement) => /ENGINE = (?!Replicated|Distributed)/.test(statement))).toEqual([]);
  });

  it('is asked of the cluster by a hub that has one', async () => {
    const config = { database: engine.database, folder: MIGRATIONS, cluster: CLUSTER, log: pino({ level: 'silent' }) };
    await expect(migrate(engine.client, config)).rejects.toThrow(/cluster 'poplar' not found/);
  });

  it('has every table of rows on shards by site, else by agent, and what has neither once for all', () => {
    const keys = new Map(
      statements.flatMap((statement) => {
        const [, table = '', key = ''] =
          /^CREATE OR REPLACE TABLE (\w+) .*\nENGINE = Distributed\(.*cityHash64\((\w+)\)\)$/.exec(statement) ?? [];
        return table === '' ? [] : [[table, key] as const];
      }),
    );
    expect(keys.get('interface_counters')).toBe('site');
    expect(keys.get('rollup_marks')).toBe('site');
    expect(
      [...keys]
        .filter(([, key]) => key === 'agent')
        .map(([table]) => table)
        .sort(),
    ).toEqual(['agents_latest', 'batch_counts', 'batch_fates', 'batches', 'dead_letters']);
    const global = statements
      .filter((statement) => statement.includes('{uuid}/all'))
      .map((text) => /EXISTS (\w+)/.exec(text)?.[1]);
    expect(global).toEqual(['leases', 'notifications', 'alert_rule_states', 'retention_floors']);
  });

  it('feeds views from the tables of the shard, and reads views over all shards', () => {
    const ddl = createClusterDdl(CLUSTER, 'poplar');
    ddl.of('CREATE TABLE IF NOT EXISTS a (site String, v UInt64) ENGINE = ReplacingMergeTree(v) ORDER BY site');
    ddl.of('CREATE TABLE IF NOT EXISTS b (site String) ENGINE = AggregatingMergeTree ORDER BY site');
    expect(
      ddl.of('CREATE MATERIALIZED VIEW IF NOT EXISTS v TO b AS SELECT site FROM a WHERE site IN (SELECT site FROM a)'),
    ).toEqual([
      'CREATE MATERIALIZED VIEW IF NOT EXISTS v ON CLUSTER `poplar` TO b_local AS SELECT site FROM a_local WHERE site IN (SELECT site FROM a_local)',
    ]);
    expect(ddl.of('CREATE OR REPLACE VIEW w AS SELECT site FROM a')).toEqual([
      'CREATE OR REPLACE VIEW w ON CLUSTER `poplar` AS SELECT site FROM a',
    ]);
    expect(ddl.of('ALTER TABLE v MODIFY QUERY SELECT site FROM a')).toEqual([
      'ALTER TABLE v ON CLUSTER `poplar` MODIFY QUERY SELECT site FROM a_local',
    ]);
    expect(() => ddl.of('ALTER TABLE c ADD COLUMN IF NOT EXISTS x UInt8')).toThrow(ClusterDdlError);
    expect(() => ddl.of('SYSTEM RELOAD CONFIG')).toThrow(ClusterDdlError);
  });

  it('names what holds the rows', () => {
    expect([storedName('polls', undefined), storedName('polls', CLUSTER)]).toEqual([
      '`polls`',
      '`polls_local` ON CLUSTER `poplar`',
    ]);
    expect(systemTable('system.parts', CLUSTER)).toBe("cluster('poplar', system.parts)");
  });
});
