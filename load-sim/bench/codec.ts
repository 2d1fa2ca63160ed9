/** `bench codec`: sealing and opening of batches, and their size on the wire. */
import { contentHash, openBatch, sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import type { Batch } from '@poplar/proto/telemetry/v1/ingest';
import { validateBatch } from '@poplar/proto/validate';
import type { BenchContext } from './context.ts';
import type { BenchResult, Measurement } from './result.ts';
import { type BenchFleet, createBenchFleet, type VisitRows, visitRows } from './set/fleet.ts';
import { FAST_INTERVAL_MS, usualPlan } from './set/plan.ts';

/** Rows that every round seals and opens per shape. */
const ROWS_PER_ROUND = 100_000;
/** Opening is so much quicker that the clock needs it. */
const OPENED_TIMES = 5;

const SHAPES = [
  { name: '5 polls (50 routers at 10 s, sealed every second)', polls: 5 },
  { name: '50 polls (500 routers at 10 s, sealed every second)', polls: 50 },
  { name: '500 polls (a whole round of 500 routers)', polls: 500 },
] as const;

export async function benchCodec(context: BenchContext): Promise<BenchResult> {
  const fleet = createBenchFleet(usualPlan(Date.now(), 1));
  const values = fleet.countersPerRow;
  const measurements: Measurement[] = [];
  for (const { name, polls } of SHAPES) {
    const rowsPerBatch = polls * fleet.plan.portsPerRouter;
    const visits = visitsOf(fleet, polls, Math.ceil(ROWS_PER_ROUND / rowsPerBatch));
    const rows = visits.length * rowsPerBatch;
    const seal: number[] = [];
    const open: number[] = [];
    let batches: Batch[] = [];
    // The first round lets the compiler see the code and is left out.
    for (let round = -1; round < context.rounds; round++) {
      const sealS = cpuOf(() => {
        batches = visits.map(sealed);
      });
      const openS = cpuOf(() => {
        for (let time = 0; time < OPENED_TIMES; time++) for (const batch of batches) opened(batch);
      });
      if (round < 0) continue;
      seal.push(rows / sealS);
      open.push((rows * OPENED_TIMES) / openS);
    }
    const bytes = batches.reduce((sum, batch) => sum + batch.payload.length, 0) / rows / values;
    measurements.push(
      { group: `Batches of ${name}`, what: 'sealed rows per CPU-second', rounds: seal },
      { what: 'opened and validated rows per CPU-second', rounds: open },
      { what: 'opened and validated counter values per CPU-second', rounds: open.map((rate) => rate * values) },
      {
        what: 'bytes on the wire per counter value',
        rounds: [bytes],
        anchor: { text: 'goal: ≤ 3.3; Netdata 10.5; OTLP with zstd 15–24; OTel-Arrow stream 6.6–10', value: 3.3 },
      },
    );
    context.print(
      `${name}: ${Math.round(Math.max(...seal))} rows/s sealed, ${Math.round(Math.max(...open))} opened, ${bytes.toFixed(2)} B a value`,
    );
  }
  return {
    name: 'codec',
    conditions: `Interface rows of ${values} noisy counters, five more absent. Sealing: rows as collectors make them → columns → protobuf → zstd. Opening: SHA-256 → zstd → columns → validation, as ingest does. In one process, by CPU time, ${ROWS_PER_ROUND / 1000} 000 rows a round. Batches are self-contained; a backlog consists of the same bytes as fresh batches.`,
    measurements,
  };
}

/** Visits for `count` batches, no two alike. */
function visitsOf(fleet: BenchFleet, polls: number, count: number): VisitRows[][] {
  const fromMs = fleet.plan.endMs - 12 * 3600_000;
  return Array.from({ length: count }, (_, batch) => {
    const routers = Array.from({ length: polls }, (_, place) => (batch * polls + place) % fleet.routers.length);
    const slotMs = fromMs + Math.floor((batch * polls) / fleet.routers.length) * FAST_INTERVAL_MS;
    return visitRows(fleet, { routers, slotMs, intervalMs: FAST_INTERVAL_MS });
  });
}

function sealed(visits: readonly VisitRows[], batch: number): Batch {
  const builder = createBatchBuilder();
  let last = 0;
  for (const [place, { header, rows }] of visits.entries()) {
    builder.add({ ...header, pollNumber: batch * visits.length + place + 1 }, rows);
    last = Number(header.tsMs);
  }
  return sealBatch(builder, {
    agent: 'agent1',
    epoch: 1n,
    sequence: batch + 1,
    epochStartedAtMs: last - 1,
    sealedAtMs: last + 1000,
    clockOffsetMs: 0,
  });
}

function opened(batch: Batch): void {
  contentHash(batch.payload);
  const fault = validateBatch(openBatch(batch, DEFAULT_LIMITS));
  if (fault !== undefined) throw new Error(`BUG: the batch is not valid: ${fault}`);
}

/** CPU time of this process while `work` runs, seconds. */
function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
