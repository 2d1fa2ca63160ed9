import { join } from 'node:path';
import type { HubConfig } from '../config.ts';
import type { ClickHouseAddress } from './client.ts';
import { ENGINE_USER } from './embedded/access.ts';
import { PASSWORD_FILE, readPassword } from './embedded/password.ts';

/**
 * Where a tool beside the running hub finds its ClickHouse: the server of clickhouse.url, or the embedded engine's port with the
 * password in the data folder. The folder itself cannot be opened twice, so the hub must run. Throws with what to do.
 */
export async function addressBesideHub({ clickhouse, dataDir }: HubConfig): Promise<ClickHouseAddress> {
  const { database, server, embedded } = clickhouse;
  if (server !== undefined) return { ...server, database };
  if (embedded.port === 0)
    throw new Error(
      'Cannot find the embedded ClickHouse: clickhouse.embedded.port is 0, so its port changes with every start. Set a port and restart the hub.',
    );
  const password = await readPassword(join(dataDir, PASSWORD_FILE));
  if (password === undefined)
    throw new Error(
      `Cannot use the embedded ClickHouse: there is no ${PASSWORD_FILE} in ${dataDir}. Name the running hub's configuration with --config, or start the hub.`,
    );
  return { url: `http://127.0.0.1:${embedded.port}`, user: ENGINE_USER, password, database };
}
