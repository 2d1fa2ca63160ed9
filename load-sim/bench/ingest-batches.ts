/** Sealed batches of a fleet, made before a round so that only the hub and its ClickHouse work while it runs. */
import { setImmediate } from 'node:timers/promises';
import type { Batch } from '@poplar/proto/telemetry/v1/ingest';
import { type BenchFleet, sealVisits } from './set/fleet.ts';
import { FAST_INTERVAL_MS } from './set/plan.ts';

export interface IngestLoad {
  /** In a batch. */
  readonly polls: number;
  readonly agents: number;
  /** Interface rows of all agents together. */
  readonly rowsPerRound: number;
}

/** Returns what makes the batches of one agent and round: its routers at the next slots. All rows of all rounds are different ones. */
export function createIngestBatches(fleet: BenchFleet, { polls, agents, rowsPerRound }: IngestLoad) {
  const perAgent = Math.round(rowsPerRound / agents / polls / fleet.plan.portsPerRouter);
  const epochStartedAtMs = fleet.plan.endMs - 24 * 3600_000;
  return async (agent: string, index: number, round: number): Promise<Batch[]> => {
    const batches: Batch[] = [];
    for (let batch = 0; batch < perAgent; batch++) {
      const number = round * perAgent + batch;
      const turn = number * agents + index;
      const routers = Array.from({ length: polls }, (_, place) => (turn * polls + place) % fleet.routers.length);
      const slot = Math.floor((turn * polls) / fleet.routers.length);
      const visits = { routers, slotMs: epochStartedAtMs + slot * FAST_INTERVAL_MS, intervalMs: FAST_INTERVAL_MS };
      const place = { agent, epoch: BigInt(index + 1), sequence: number + 1, pollNumber: number * polls + 1, epochStartedAtMs };
      batches.push(sealVisits(fleet, visits, place));
      // The streams answer the hub's pings meanwhile.
      await setImmediate();
    }
    return batches;
  };
}
