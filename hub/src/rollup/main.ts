/** `hub rebuild-rollups`: makes the rollups of a running hub's store anew. */
import { parseArgs } from 'node:util';
import { createClickHouse } from '../clickhouse/client.ts';
import { addressBesideHub } from '../clickhouse/connect.ts';
import { loadHubConfig } from '../config.ts';
import { timeOf, UsageError } from '../dead-letters/arguments.ts';
import { dueUntil } from './marks.ts';
import { rebuild } from './rebuild.ts';
import { createRollupStore } from './store.ts';

const USAGE = `Usage: npm run hub -- rebuild-rollups [--config FILE] [--site NAME] [--from TIME] [--to TIME]
Makes the rollups of interfaces (5 minutes, hours, days) anew from the stored samples, beside the hub that runs with the configuration.
Nothing is wrong while it runs or when it is stopped: what was made stays, and may be made again.

  --config FILE    configuration (hub.yaml)
  --site NAME      only this site
  --from TIME      from then on (all): 2026-01-31, 2026-01-31T12:00:00Z, 90m, 12h or 7d
  --to TIME        up to then (what is over); whole hours are made
`;

/** Does what the words behind `rebuild-rollups` say and resolves with the exit code. Throws ConfigError and UsageError. */
export async function rebuildRollups(words: readonly string[], stop: AbortSignal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      config: { type: 'string', default: 'hub.yaml' },
      site: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const nowMs = Date.now();
  const fromMs = values.from === undefined ? 0 : timeOf(values.from, nowMs);
  const toMs = values.to === undefined ? dueUntil(nowMs) : timeOf(values.to, nowMs);
  if (fromMs >= toMs) throw new UsageError('Cannot rebuild an empty range: --from is not before --to.');
  const config = loadHubConfig(values.config, process.env);
  await using client = createClickHouse(await addressBesideHub(config));
  const store = createRollupStore(client, config.clickhouse.database);
  let days = 0;
  await rebuild(
    store,
    { site: values.site, fromMs, toMs },
    (dayMs) => {
      days += 1;
      process.stderr.write(`${new Date(dayMs).toISOString().slice(0, 10)} is made\n`);
    },
    stop,
  );
  process.stdout.write(`Days made anew, all sites together: ${days}\n`);
  return 0;
}
