/** `bench present`: how long the API takes to say what the fleet of the set is like now. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { quantiles, summary, timed } from './asking.ts';
import type { BenchContext } from './context.ts';
import { engineVersion } from './hub.ts';
import type { BenchResult } from './result.ts';
import { openSet } from './set/session.ts';

const CALLS = 20;
/** Longer than the hub shares one picture of the fleet. */
const STALE_MS = 1000;

const overview = z.object({ routers: z.object({ up: z.number(), total: z.number() }) });
const routers = z.object({ routers: z.array(z.object({ router: z.string() })).min(1) });

export async function benchPresent(context: BenchContext): Promise<BenchResult> {
  await using session = await openSet(context);
  const { hub } = session;
  const overviews: number[] = [];
  const lists: number[] = [];
  // The first pair opens what later ones find open, and is left out.
  for (let call = -1; call < CALLS; call++) {
    await session.pollUntilNow();
    await delay(STALE_MS);
    overviews.push(await timed(hub.url, '/api/v1/overview', (body) => overview.parse(body).routers.up > 0));
    await delay(STALE_MS);
    lists.push(await timed(hub.url, '/api/v1/routers', (body) => routers.parse(body).routers.length > 0));
    if (call >= 0) continue;
    overviews.length = 0;
    lists.length = 0;
  }
  context.print(`overview: ${summary(overviews)}; list of routers: ${summary(lists)}`);
  const [overview50, overview95] = quantiles([overviews]);
  const [list50, list95] = quantiles([lists]);
  if (!overview50 || !overview95 || !list50 || !list95) throw new Error('BUG: no quantiles');
  return {
    name: 'present',
    conditions: `The fleet of the set is polled on, every 10 s, while the hub is asked over HTTP, ${CALLS} times each and so seldom that no answer is shared with the one before.`,
    measurements: [{ group: 'Overview', ...overview50 }, overview95, { group: 'List of 500 routers', ...list50 }, list95],
    versions: [await engineVersion(hub.clickhouse)],
  };
}
