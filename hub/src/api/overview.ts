/** The overview: the fleet's counts, problems and worst lists. */
import type { HubStatus } from '../ingest/status.ts';
import { isAgentClockOff } from './clock-limits.ts';
import { faultsOfReached } from './faults.ts';
import type { Fleet, FleetSnapshot } from './fleet.ts';
import { compare } from './fleet-routers.ts';
import type { Problems } from './problems.ts';
import { agentBatches } from './queries/agent-batches.ts';
import { weakestClients } from './queries/weakest-clients.ts';
import type { Reader } from './reader.ts';
import type { AgentSummary, Fault, IngestFigures, Overview, RootCause } from './schemas.ts';
import { countStates, siteSummaries } from './sites.ts';
import { FUTURE_MAX_MS, STATE_ORDER } from './state.ts';

const PROBLEMS_MAX = 100;
const CAUSES_MAX = 100;
const BUSIEST = 10;
const BATCHES_WINDOW_MS = 600_000;

export interface OverviewDeps {
  readonly reader: Reader;
  readonly fleet: Fleet;
  readonly status: HubStatus;
  /** Of all routers, some seconds old. */
  readonly faults: (signal: AbortSignal) => Promise<Fault[]>;
  readonly problems: Problems;
}

/** @throws StoreError */
export async function readOverview(
  { reader, fleet, status, faults, problems }: OverviewDeps,
  signal: AbortSignal,
): Promise<Overview> {
  const snapshot = await fleet.read(signal);
  const { atMs, routers, rateRange, talkers } = snapshot;
  const [weakest, batches, found] = await Promise.all([
    reader.rows(weakestClients, rateRange, signal),
    reader.rows(agentBatches, { since_ms: atMs - BATCHES_WINDOW_MS, to_ms: atMs + FUTURE_MAX_MS }, signal),
    faults(signal),
  ]);
  const agents = agentSummaries(snapshot, batches);
  const causes = await problems.of(snapshot, agents, signal);
  const newest = routers.reduce((max, { summary }) => Math.max(max, summary.polled_at_ms ?? 0), 0);
  return {
    hub_time_ms: atMs,
    newest_poll_ms: newest === 0 ? null : newest,
    routers: { ...countStates(routers), total: routers.length },
    sites: siteSummaries(routers, causes),
    agents,
    ingest: ingestFigures(status),
    problems: problemsOf(snapshot),
    causes: causes.slice(0, CAUSES_MAX),
    faults: faultsOfReached(found, snapshot),
    top_talkers: talkers,
    busiest: routers
      .flatMap(({ summary: { site, router, cpu_load_pct } }) => (cpu_load_pct === null ? [] : [{ site, router, cpu_load_pct }]))
      .sort((a, b) => b.cpu_load_pct - a.cpu_load_pct)
      .slice(0, BUSIEST),
    weakest_clients: weakest,
  };
}

/** Root causes of now, all of them. @throws StoreError */
export async function readCauses(
  { reader, fleet, problems }: Omit<OverviewDeps, 'faults' | 'status'>,
  signal: AbortSignal,
): Promise<RootCause[]> {
  const snapshot = await fleet.read(signal);
  const { atMs } = snapshot;
  const batches = await reader.rows(agentBatches, { since_ms: atMs - BATCHES_WINDOW_MS, to_ms: atMs + FUTURE_MAX_MS }, signal);
  return await problems.of(snapshot, agentSummaries(snapshot, batches), signal);
}

/** What the hub itself measures of its ingestion. */
export function ingestFigures(status: HubStatus): IngestFigures {
  const { p50, p99 } = status.pollToStoredMs();
  return { rows_per_second: status.rowsPerSecond(), poll_to_stored_p50_ms: p50, poll_to_stored_p99_ms: p99 };
}

const PROBLEM_ORDER = ['down', 'suspect', 'unknown'];

function problemsOf({ routers }: FleetSnapshot): Overview['problems'] {
  return routers
    .filter(({ summary }) => STATE_ORDER[summary.state] > 0)
    .map(({ summary: { site, router, state, since_ms, outcome, error } }) => ({ site, router, state, since_ms, outcome, error }))
    .sort((a, b) => PROBLEM_ORDER.indexOf(a.state) - PROBLEM_ORDER.indexOf(b.state) || (b.since_ms ?? 0) - (a.since_ms ?? 0))
    .slice(0, PROBLEMS_MAX);
}

interface AgentBatches {
  readonly agent: string;
  readonly last_sealed_ms: number;
  readonly offset_ms: number | null;
  readonly batches: number;
  readonly rejected: number;
}

/** Agents that sent a batch or decided the state of a router, in order of name. */
function agentSummaries({ atMs, routers }: FleetSnapshot, batches: readonly AgentBatches[]): AgentSummary[] {
  const byAgent = Map.groupBy(routers, ({ summary }) => summary.agent);
  const sent = new Map(batches.map((row) => [row.agent, row]));
  return [...new Set([...byAgent.keys(), ...sent.keys()])].sort(compare).map((agent) => {
    const polled = byAgent.get(agent) ?? [];
    const row = sent.get(agent);
    const sealed = row === undefined || row.last_sealed_ms === 0 ? null : row.last_sealed_ms;
    return {
      agent,
      sites: [...new Set(polled.map(({ summary }) => summary.site))].sort(compare),
      routers: polled.length,
      last_sealed_ms: sealed,
      lag_ms: sealed === null ? null : Math.max(0, atMs - sealed - (row?.offset_ms ?? 0)),
      batches_10m: row?.batches ?? 0,
      rejected_10m: row?.rejected ?? 0,
      clock_offset_ms: row?.offset_ms ?? null,
      clock_off: isAgentClockOff(row?.offset_ms ?? null),
    };
  });
}
