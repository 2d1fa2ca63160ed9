/** `bench polling`: what an agent needs to poll 500 simulated routers, every 10 s and every second. */
import { binaryProgram, measureAgents, WARM_UP } from './agent-run.ts';
import type { BenchContext } from './context.ts';
import type { BenchResult, Measurement } from './result.ts';

const ROUTERS = 500;
const PROGRAMS = [
  { name: 'Node, bundled (`npm run agent`)', rssGoal: 130 },
  { name: 'one file, Bun inside (`npm run binary -w agent`)', rssGoal: 100 },
];
const INTERVALS = [
  { intervalMs: 10_000, cpuGoal: 12 },
  { intervalMs: 1000, cpuGoal: 50 },
];

export async function benchPolling(context: BenchContext): Promise<BenchResult> {
  const measurements: Measurement[] = [];
  for (const { intervalMs, cpuGoal } of INTERVALS) {
    const size = { routers: ROUTERS, intervalMs };
    const figures = await measureAgents(context, size, async (bundle) => [bundle, await binaryProgram(bundle)]);
    for (const [index, { cpuPct, simCpuPct, rssMb, answeredPct, cpuMsPerPoll }] of figures.entries()) {
      const { name, rssGoal } = PROGRAMS[index] ?? { name: '', rssGoal: 0 };
      const group = `${name}, every ${intervalMs / 1000} s`;
      measurements.push(
        { group, what: 'CPU, percent of one core', rounds: cpuPct, anchor: { text: `goal: ≤ ${cpuGoal}`, value: cpuGoal } },
        {
          what: 'CPU ÷ that of the simulated routers in the same round',
          rounds: cpuPct.map((percent, round) => percent / (simCpuPct[round] ?? Number.NaN)),
        },
        {
          what: 'peak resident set, MiB',
          rounds: [rssMb],
          ...(intervalMs === 10_000 && { anchor: { text: `goal: ≤ ${rssGoal}`, value: rssGoal } }),
        },
        { what: 'CPU per answered poll, ms', rounds: [cpuMsPerPoll] },
        { what: 'polls answered and stored, percent of those due', rounds: [answeredPct] },
      );
    }
  }
  return {
    name: 'polling',
    conditions: `${ROUTERS} simulated routers of the usual mix, every collector at its usual interval, polled over plain TCP into a hub on the same machine; ${context.rounds} rounds of 10 s after a warm-up of ${WARM_UP}, with no fault among the routers.`,
    measurements,
    notes: [
      'Others: mktxp needs 5–6 s per router and so 46 sessions for 500 routers in 60 s; the poller of the incident logs in anew for every poll and sends 11–14 commands.',
    ],
  };
}
