/** `hub forget`: takes routers, sites and agents that are gone off the fleet. */
import { parseArgs } from 'node:util';
import { createClickHouse } from '../clickhouse/client.ts';
import { addressBesideHub } from '../clickhouse/connect.ts';
import { loadHubConfig } from '../config.ts';
import { UsageError } from '../dead-letters/arguments.ts';
import { createForgetStore, type Gone } from './store.ts';

const USAGE = `Usage: npm run hub -- forget --site NAME [--router NAME] [--config FILE]
       npm run hub -- forget --agent NAME [--config FILE]
Takes what is gone off the fleet: the lists of the viewer, its problems, the rules of alerts. What is stored of it stays, for as long as it is kept.
What is polled again is there again.

  --site NAME      all routers of a site
  --router NAME    this one of them
  --agent NAME     an agent, and the routers that no other agent polled
  --config FILE    configuration (hub.yaml); the hub must be running when its ClickHouse is the embedded one
`;

/** Whoever was polled since then may be polled on: it would come back at once. */
const GONE_AFTER_MS = 600_000;

const TAKE_OUT = {
  router: "Take it out of its agent's configuration",
  agent: "Stop it, and take it out of the hub's configuration",
};

/** Does what the words behind `forget` say and resolves with the exit code. Throws ConfigError and UsageError. */
export async function forget(words: readonly string[], stop: AbortSignal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      config: { type: 'string', default: 'hub.yaml' },
      site: { type: 'string' },
      router: { type: 'string' },
      agent: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const gone = goneOf(values);
  const config = loadHubConfig(values.config, process.env);
  const { database, server } = config.clickhouse;
  await using client = createClickHouse(await addressBesideHub(config));
  const store = createForgetStore(client, database, server?.cluster);
  const known = await store.known(gone, stop);
  if (known === undefined)
    throw new UsageError(`Cannot forget ${nameOf(gone)}: nothing is known of it; names are as in the viewer.`);
  // A clock that ran ahead may have left times of the future.
  const agoMs = Math.abs(Date.now() - known.heardMs);
  if (agoMs < GONE_AFTER_MS)
    throw new UsageError(
      `Cannot forget ${nameOf(gone)}: it was heard of ${Math.round(agoMs / 1000)} s ago and would come back. ${TAKE_OUT[gone.agent === undefined ? 'router' : 'agent']}, and try again ten minutes later.`,
    );
  await store.forget(gone, stop);
  process.stdout.write(`Forgotten: ${nameOf(gone)}, ${known.routers === 1 ? '1 router' : `${known.routers} routers`}\n`);
  return 0;
}

function goneOf({
  site,
  router,
  agent,
}: {
  site?: string | undefined;
  router?: string | undefined;
  agent?: string | undefined;
}): Gone {
  if (agent !== undefined && site === undefined && router === undefined) return { agent };
  if (site !== undefined && agent === undefined) return { site, router };
  throw new UsageError('Cannot tell what to forget: give --site, --site and --router, or --agent alone.');
}

function nameOf({ site, router, agent }: Gone): string {
  if (agent !== undefined) return `agent ${agent}`;
  return router === undefined ? `site ${site}` : `router ${router} of site ${site}`;
}
