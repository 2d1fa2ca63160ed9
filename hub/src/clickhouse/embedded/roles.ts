/**
 * The engine's configuration: how it merges, and what it lets its sessions do. chdb knows one user and no login, but its configuration may give that user nothing
 * except roles: a session that sets one of them keeps that one's grants alone. A session that sets none has them all.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sqlName } from '../sql-tokens.ts';

/** May SELECT from the database, and neither write nor read files and addresses. */
export const ANALYST_ROLE = 'analyst';
const HUB_ROLE = 'hub';

/**
 * Settings of all tables; for servers they are theirs to decide. Parts are merged ten at a time where ClickHouse would take five: with an insert per
 * table and second a row is written again less often, which is most of what it costs, and merges that keep up leave fewer parts. Merges make no
 * statistics of columns: keys and partitions find the parts of every query, and a tenth of the time of merges and inserts went into them.
 */
const TABLE_SETTINGS = '<merge_selector_base>10</merge_selector_base><auto_statistics_types></auto_statistics_types>';

/** Writes the engine's configuration into the folder, whatever was there, and tells its path. */
export async function writeRoles(folder: string, database: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const users = join(folder, 'users.xml');
  const config = join(folder, 'config.xml');
  const grants = (...statements: string[]): string =>
    `<grants>${statements.map((statement) => `<query>${xmlText(statement)}</query>`).join('')}</grants>`;
  await writeFile(
    users,
    `<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <roles>
    <${HUB_ROLE}>${grants('GRANT ALL ON *.* WITH GRANT OPTION')}</${HUB_ROLE}>
    <${ANALYST_ROLE}>${grants(`GRANT SELECT ON ${sqlName(database)}.*`)}</${ANALYST_ROLE}>
  </roles>
  <users>
    <default>
      <password/>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      ${grants(`GRANT ${HUB_ROLE}`, `GRANT ${ANALYST_ROLE}`)}
    </default>
  </users>
</clickhouse>
`,
    { mode: 0o600 },
  );
  await writeFile(
    config,
    `<clickhouse>
  <user_directories><users_xml><path>${xmlText(users)}</path></users_xml></user_directories>
  <merge_tree>${TABLE_SETTINGS}</merge_tree>
</clickhouse>
`,
    { mode: 0o600 },
  );
  return config;
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
