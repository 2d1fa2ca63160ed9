/** Newest values of interfaces, from rows to the API's shape. */
import type { z } from 'zod';
import type { FleetRouter } from './fleet-routers.ts';
import { routerInterfaces } from './queries/router-interfaces.ts';
import type { Reader } from './reader.ts';
import type { InterfaceSummary } from './schemas.ts';

export type InterfaceRow = z.output<(typeof routerInterfaces)['row']>;

/** A step longer than this many intervals is a gap and has no rate. */
export const REACH_INTERVALS = 2.5;

/**
 * Returns the interfaces of one router as its newest poll with interfaces shows them. A stopped router's are those of its last answer, without rates.
 * @throws StoreError
 */
export async function readInterfaces(reader: Reader, router: FleetRouter, signal: AbortSignal): Promise<InterfaceSummary[]> {
  const { site, router: name, answered_at_ms: answeredMs } = router.summary;
  if (answeredMs === null) return [];
  const rows = await reader.rows(
    routerInterfaces,
    // Rows reach the store before their poll does, so nothing of the newest answer is missing.
    { sites: [site], routers: [name], from_ms: answeredMs - interfaceWindowMs(router), to_ms: answeredMs + 1 },
    signal,
  );
  return interfaceSummaries(router, rows);
}

/** How far back the two newest samples of every interface are found, ms. */
export function interfaceWindowMs(router: FleetRouter): number {
  return Math.round(2 * REACH_INTERVALS * router.sampleIntervalMs) + 1000;
}

/** The interfaces that the router still has, with rates while it is reached. */
export function interfaceSummaries(router: FleetRouter, rows: readonly InterfaceRow[]): InterfaceSummary[] {
  const reachMs = REACH_INTERVALS * router.sampleIntervalMs;
  const newestMs = Math.max(...rows.map(({ step: [ms] }) => ms));
  const alive = router.summary.state === 'up' || router.summary.state === 'suspect';
  return rows
    .filter(({ step: [ms] }) => newestMs - ms <= reachMs)
    .map(
      ({ interface: name, facts: [type, comment, mac, running, disabled], counters, step: [ms, stepMs, rx, tx], speed_bps }) => {
        const [rxErrors, txErrors, rxDrops, txDrops, linkDowns] = counters;
        const current = alive && stepMs <= reachMs;
        return {
          interface: name,
          type,
          comment,
          mac,
          running: running === null ? null : running > 0,
          disabled: disabled === null ? null : disabled > 0,
          rx_bps: current ? rx : null,
          tx_bps: current ? tx : null,
          speed_bps,
          utilisation_ratio: current ? utilisation(speed_bps, rx, tx) : null,
          rx_errors: rxErrors,
          tx_errors: txErrors,
          rx_drops: rxDrops,
          tx_drops: txDrops,
          link_downs: linkDowns,
          polled_at_ms: ms,
        };
      },
    );
}

/** The busier direction's share of the link; null when it is not known. */
function utilisation(speedBps: number | null, rx: number | null, tx: number | null): number | null {
  if (speedBps === null || speedBps === 0 || (rx === null && tx === null)) return null;
  return Math.max(rx ?? 0, tx ?? 0) / speedBps;
}
