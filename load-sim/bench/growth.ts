/** `bench growth`: how an agent's CPU and memory grow with its routers, as a table and a plot. */
import { agentHeapFlag } from '../src/stack/programs.ts';
import { median } from '../src/statistics.ts';
import { configured, measureAgents, WARM_UP } from './agent-run.ts';
import type { BenchContext } from './context.ts';
import { type GrowthPoint, growthPlot } from './growth-plot.ts';
import type { BenchResult, Measurement } from './result.ts';

const PLOT = 'images/agent-growth.svg';
const ROUTERS = [100, 250, 500, 1000, 2000, 5000];
const INTERVAL_MS = 10_000;
/** What the agent's configuration has unless told otherwise. */
const CONCURRENCY_MIN = 64;

export async function benchGrowth(context: BenchContext): Promise<BenchResult> {
  const measurements: Measurement[] = [];
  const points: GrowthPoint[] = [];
  for (const routers of ROUTERS) {
    const concurrency = Math.max(CONCURRENCY_MIN, (routers * 1000) / INTERVAL_MS);
    const poll = { interval_ms: INTERVAL_MS, concurrency };
    const [figures] = await measureAgents(context, { routers, intervalMs: INTERVAL_MS }, (bundle, folder) =>
      Promise.resolve([configured(bundle, folder, { poll })]),
    );
    if (figures === undefined) throw new Error('BUG: no agent was measured');
    const { cpuPct, rssMb, simCpuPct, answeredPct, cpuMsPerPoll, warmUpS } = figures;
    measurements.push(
      {
        group: `${routers} routers, \`${agentHeapFlag(routers)}\`, \`poll.concurrency: ${concurrency}\``,
        what: 'CPU, percent of one core',
        rounds: cpuPct,
      },
      { what: 'CPU per answered poll, ms', rounds: [cpuMsPerPoll] },
      { what: 'peak resident set, MiB', rounds: [rssMb] },
      { what: 'polls answered and stored, percent of those due', rounds: [answeredPct] },
      { what: 'from the start until the rounds begin, s', rounds: [warmUpS] },
      { what: 'CPU of the simulated routers, percent of one core', rounds: simCpuPct },
    );
    points.push({ routers, cpuPct: median(cpuPct), rssMb });
  }
  return {
    name: 'growth',
    conditions: `The bundle on Node, one poll of every router each ${INTERVAL_MS / 1000} s, every collector at its usual interval, the hub on the same machine; ${context.rounds} rounds of 10 s after a warm-up of ${WARM_UP}. Its heap is bound as the flag says: to 96 MiB as \`npm run agent\` does, or to 75 KiB per router where that is more, as its \`POPLAR_AGENT_HEAP_MIB\` would. Of visits, as many may run at once as start in a second, 64 at least.`,
    measurements,
    notes: [`![CPU and memory of an agent by its number of routers](${PLOT})`],
    picture: { path: PLOT, svg: growthPlot(points) },
  };
}
