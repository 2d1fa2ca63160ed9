/** The whole schema of a cluster as a script, for people to read and for the engine's parser. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, createClusterDdl } from './cluster.ts';
import { splitStatements } from './sql-tokens.ts';

export interface MadeMigration {
  /** Its file. */
  readonly file: string;
  readonly statements: readonly string[];
}

/** The migrations of a folder as they run on a cluster. Throws ClusterDdlError for one that cannot. */
export function clusterMigrations(folder: string, cluster: Cluster, database: string): MadeMigration[] {
  const ddl = createClusterDdl(cluster, database);
  return readdirSync(folder)
    .sort()
    .map((file) => ({
      file,
      statements: splitStatements(readFileSync(join(folder, file), 'utf8')).flatMap((statement) => ddl.of(statement)),
    }));
}

export function clusterScript(migrations: readonly MadeMigration[]): string {
  return migrations
    .map(({ file, statements }) => `-- ${file}\n\n${statements.map((statement) => `${statement};\n`).join('\n')}`)
    .join('\n');
}
