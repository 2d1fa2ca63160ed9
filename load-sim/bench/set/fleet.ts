/** Batches and counters of the set's fleet, for benchmarks of what comes after the poller. */
import { sealBatch } from '@poplar/proto/batch';
import { type BatchBuilder, createBatchBuilder, type PollHeader } from '@poplar/proto/builder';
import { type InterfaceRow, perRowFamily } from '@poplar/proto/families';
import type { Batch } from '@poplar/proto/telemetry/v1/ingest';
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import { portName, routerName, routersOf, type SetPlan, siteName } from './plan.ts';
import { type Counters, createPort, type Port, pollMs } from './traffic.ts';

const COUNTERS_PER_ROW = 9;

export interface BenchFleet {
  readonly plan: SetPlan;
  readonly routers: readonly FleetRouter[];
  readonly interfaces: number;
  /** Counter values in one row of an interface. */
  readonly countersPerRow: number;
}

interface FleetRouter {
  readonly index: number;
  readonly site: string;
  readonly router: string;
  readonly ports: readonly FleetPort[];
}

interface FleetPort extends Port {
  readonly name: string;
  readonly mac: number;
}

/** Works out every port's constants: some milliseconds per hundred routers. */
export function createBenchFleet(plan: SetPlan): BenchFleet {
  const routers = Array.from(
    { length: routersOf(plan) },
    (_, index): FleetRouter => ({
      index,
      site: siteName(plan, index),
      router: routerName(index),
      ports: Array.from({ length: plan.portsPerRouter }, (_, port) => ({
        ...createPort(plan, index, port),
        name: portName(port),
        mac: 0x4c_22_00_00_00_00 + index * 16 + port,
      })),
    }),
  );
  return { plan, routers, interfaces: routers.length * plan.portsPerRouter, countersPerRow: COUNTERS_PER_ROW };
}

export interface Visits {
  /** Places of the routers in the fleet. */
  readonly routers: readonly number[];
  readonly slotMs: number;
  readonly intervalMs: number;
}

/** What seals a batch besides its polls. */
export interface BatchPlace {
  readonly agent: string;
  readonly epoch: bigint;
  readonly sequence: number;
  /** Number of the batch's first poll. */
  readonly pollNumber: number;
  readonly epochStartedAtMs: number;
}

/** One batch of visits of one interval, sealed. */
export function sealVisits(fleet: BenchFleet, visits: Visits, place: BatchPlace): Batch {
  const builder = createBatchBuilder();
  for (const [index, { header, rows }] of visitRows(fleet, visits).entries())
    builder.add({ ...header, pollNumber: place.pollNumber + index }, rows);
  return sealBatch(builder, {
    agent: place.agent,
    epoch: place.epoch,
    sequence: place.sequence,
    epochStartedAtMs: place.epochStartedAtMs,
    sealedAtMs: visits.slotMs + visits.intervalMs,
    clockOffsetMs: 0,
  });
}

/** One visit as collectors make it; its poll has no number yet. */
export type VisitRows = { readonly header: PollHeader; readonly rows: Parameters<BatchBuilder['add']>[1] };

/** The visits' rows as collectors make them. */
export function visitRows({ plan, routers }: BenchFleet, visits: Visits): VisitRows[] {
  return visits.routers.map((index) => {
    const found = routers[index];
    if (found === undefined) throw new Error(`BUG: the fleet has no router ${index}`);
    const interfaces = found.ports.map((port) => interfaceRow(port, port.countersAt(visits.slotMs, visits.intervalMs)));
    return {
      header: {
        site: found.site,
        router: found.router,
        tsMs: pollMs(plan, index, visits.slotMs, visits.intervalMs),
        pollNumber: 0,
        outcome: PollOutcome.OK,
        error: '',
        durationUs: 30_000 + (index % 100) * 137,
        baseline: (BigInt(index + 1) * 0x9e37_79b9_7f4a_7c15n) & 0xffff_ffff_ffff_ffffn,
        intervalMs: visits.intervalMs,
        collapsedRows: 0,
        parseErrors: 0,
        address: `10.0.${Math.floor(index / 250)}.${index % 250}:8728`,
        answeredCollectors: undefined,
      },
      rows: { ...perRowFamily((): never[] => []), interfaces },
    };
  });
}

function interfaceRow({ name, mac, traffic }: FleetPort, counters: Counters): InterfaceRow {
  return {
    interface: name,
    type: 'ether',
    comment: '',
    mac,
    running: !traffic.idle,
    disabled: false,
    generation: 0,
    ...counters,
    linkDowns: undefined,
    fpRxBytes: undefined,
    fpTxBytes: undefined,
    fpRxPackets: undefined,
    fpTxPackets: undefined,
  };
}
