/** `bench growth`: how an agent's CPU and memory grow with its routers, as a table and a plot. */
import { measureAgents, WARM_UP_MS } from './agent-run.ts';
import type { BenchContext } from './context.ts';
import { type GrowthPoint, growthPlot } from './growth-plot.ts';
import type { BenchResult, Measurement } from './result.ts';
import { median } from './statistics.ts';

const PLOT = 'images/agent-growth.svg';
const ROUTERS = [100, 250, 500, 1000, 2000, 5000];
const INTERVAL_MS = 10_000;

export async function benchGrowth(context: BenchContext): Promise<BenchResult> {
  const measurements: Measurement[] = [];
  const points: GrowthPoint[] = [];
  for (const routers of ROUTERS) {
    const [figures] = await measureAgents(context, { routers, intervalMs: INTERVAL_MS }, (bundle) => Promise.resolve([bundle]));
    if (figures === undefined) throw new Error('BUG: no agent was measured');
    const { cpuPct, rssMb } = figures;
    context.print(`${routers} routers: ${cpuPct.join(', ')} % of a core, ${rssMb} MiB`);
    const group = `${routers} routers`;
    measurements.push({ group, what: 'CPU, percent of one core', rounds: cpuPct });
    measurements.push({ group, what: 'peak resident set, MiB', rounds: [rssMb] });
    points.push({ routers, cpuPct: median(cpuPct), rssMb });
  }
  return {
    name: 'growth',
    conditions: `The bundle on Node, one poll of every router each ${INTERVAL_MS / 1000} s, every collector at its usual interval, the hub on the same machine; ${context.rounds} rounds of 10 s after a warm-up of ${WARM_UP_MS / 1000} s. Its heap is bound to 96 MiB however many routers there are.`,
    measurements,
    notes: [`![CPU and memory of an agent by its number of routers](${PLOT})`],
    picture: { path: PLOT, svg: growthPlot(points) },
  };
}
