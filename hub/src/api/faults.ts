/** What does not work on routers that answer: routing sessions, modules, fed ports, collectors that were given up, clocks. */
import type { FleetSnapshot } from './fleet.ts';
import { compare, keyOf } from './fleet-routers.ts';
import { FAULT_QUERIES } from './queries/fleet-faults.ts';
import type { Reader } from './reader.ts';
import { type Fault, FaultKind } from './schemas.ts';
import { FUTURE_MAX_MS } from './state.ts';

/** How far back newest answers are looked for, ms: many times the default interval, and the reports of collectors come every 5 minutes. */
const WINDOW_MS = 900_000;
const FAULTS_MAX = 200;

/**
 * Returns what the newest answers tell, in order of kind, site, router; also of routers that are not reached any more.
 * @throws StoreError
 */
export async function readFaults(
  { reader, now }: { readonly reader: Reader; readonly now: () => number },
  signal: AbortSignal,
): Promise<Fault[]> {
  const range = { from_ms: now() - WINDOW_MS, to_ms: now() + FUTURE_MAX_MS };
  const found = await Promise.all(
    FaultKind.options.map(async (kind) => {
      const rows = await reader.rows(FAULT_QUERIES[kind], range, signal);
      return rows.map(({ since_ms, ...row }): Fault => ({ ...row, kind, since_ms: since_ms === 0 ? null : since_ms }));
    }),
  );
  return found
    .flat()
    .sort(
      (a, b) =>
        FaultKind.options.indexOf(a.kind) - FaultKind.options.indexOf(b.kind) ||
        compare(a.site, b.site) ||
        compare(a.router, b.router),
    );
}

/** The first faults of routers that are reached: what is wrong with one that is not, nobody knows. */
export function faultsOfReached(faults: readonly Fault[], { byKey }: Pick<FleetSnapshot, 'byKey'>): Fault[] {
  return faults
    .filter(({ site, router }) => {
      const state = byKey.get(keyOf(site, router))?.summary.state;
      return state === 'up' || state === 'suspect';
    })
    .slice(0, FAULTS_MAX);
}
