/** What does not work on routers that answer: one query per kind over the whole fleet, all with the same parameters and rows. */
import { Collector } from '@poplar/proto/telemetry/v1/payload';
import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { CLOCK_STATE } from './clock-state.ts';
import { defineQuery } from './query.ts';

const params = z.object({ from_ms: z.number(), to_ms: z.number() });

const row = z.object({
  site: z.string(),
  router: z.string(),
  item: z.string(),
  what: z.string(),
  since_ms: z.number().describe('0 when it was so in the whole range'),
});

interface FaultSource {
  readonly name: string;
  readonly table: string;
  /** Number of the collector whose newest answer counts; undefined where rows are no answers. */
  readonly collector?: number;
  /** SQL: which of the router's items. */
  readonly item: string;
  /** SQL: what is wrong with it, in the router's words; empty when nothing is. */
  readonly what: string;
  /** SQL condition for rows that count at all. */
  readonly where?: string;
}

/** Ports that an operator switched off lately: nobody expects light there. Interfaces are read every ten seconds. */
const SWITCHED_OFF = `SELECT site, router, interface FROM interface_counters FINAL
      WHERE ${timeBounds('{to_ms:Int64} - 180000', '{to_ms:Int64}')} AND disabled = 1`;

/**
 * Items that are faulty by the newest answer of their router within [from_ms, to_ms), and since when. What has gone from the router
 * has no fault.
 */
function faultQuery({ name, table, collector, item, what, where = '1' }: FaultSource) {
  const range = timeBounds('{from_ms:Int64}', '{to_ms:Int64}');
  const answers = `
  INNER JOIN (
    SELECT site, router, toUnixTimestamp64Milli(max(ts)) AS answered_ms FROM polls FINAL
    WHERE ${range} AND bitTest(ifNull(answered_collectors, 0), ${collector ?? 0})
    GROUP BY site, router) AS answers USING (site, router)
WHERE newest_ms >= answered_ms`;
  return defineQuery({
    name,
    sql: `
SELECT site, router, item, newest AS what, toInt64(if(good_ms = 0, 0, arrayMin(arrayFilter(ms -> ms > good_ms, faulty_ms)))) AS since_ms
FROM (
  SELECT site, router, item, max(ms) AS newest_ms, argMax(wrong, (ms, agent)) AS newest, maxIf(ms, wrong = '') AS good_ms,
    groupArrayIf(ms, wrong != '') AS faulty_ms
  FROM (
    SELECT site, router, toString(${item}) AS item, toString(${what}) AS wrong, toUnixTimestamp64Milli(ts) AS ms, agent
    FROM ${table} FINAL
    WHERE ${range} AND ${where})
  GROUP BY site, router, item
  HAVING newest != '') AS items${collector === undefined ? '' : answers}
ORDER BY site, router, item
LIMIT 1000`,
    params,
    row,
  });
}

/** By the kind that the API names. */
export const FAULT_QUERIES = {
  bgp: faultQuery({
    name: 'fleet_bgp_faults',
    table: 'bgp_peers',
    collector: Collector.BGP,
    item: "if(peer = '', remote_address, peer)",
    what: "if(ifNull(established, 1) = 1 OR ifNull(disabled, 0) = 1, '', if(state = '', 'not established', state))",
  }),
  ospf: faultQuery({
    name: 'fleet_ospf_faults',
    table: 'ospf_neighbors',
    collector: Collector.OSPF,
    item: "concat(if(router_id = '', address, router_id), if(interface = '', '', concat(' on ', interface)))",
    // Where a router was designated, the others stay at 2-Way with each other: that is how it is meant to be.
    what: "if(state IN ('', 'Full') OR (state = '2-Way' AND designated != '' AND designated NOT IN (address, router_id) AND backup NOT IN (address, router_id)), '', state)",
  }),
  module: faultQuery({
    name: 'fleet_module_faults',
    table: 'ethernet_ports',
    collector: Collector.ETHERNET,
    item: 'interface',
    what: "multiIf(ifNull(module_tx_fault, 0) = 1, 'transmitter failed', ifNull(module_rx_loss, 0) = 1 AND ifNull(module_present, 1) = 1, 'no light', '')",
    where: `(site, router, interface) NOT IN (${SWITCHED_OFF})`,
  }),
  poe: faultQuery({
    name: 'fleet_poe_faults',
    table: 'poe_ports',
    collector: Collector.POE,
    item: 'interface',
    what: "if(status IN ('overload', 'short-circuit', 'voltage-too-low', 'voltage-too-high', 'current-too-low', 'controller-error'), status, '')",
  }),
  collector: faultQuery({
    name: 'fleet_collector_faults',
    table: 'collector_states',
    item: 'collector',
    what: "if(state = 'shed', if(reason = '', 'not read', reason), '')",
  }),
  clock: faultQuery({
    name: 'fleet_clock_faults',
    table: 'router_clocks',
    collector: Collector.CLOCK,
    item: "'clock'",
    what: `multiIf(${CLOCK_STATE} = 'never_set', concat('never set: it shows ', formatDateTime(assumeNotNull(clock), '%F')),
      ${CLOCK_STATE} = 'off', concat(formatReadableTimeDelta(abs(assumeNotNull(offset_ms)) / 1000, 'days', 'seconds'),
        if(offset_ms < 0, ' behind its agent', ' ahead of its agent')), '')`,
  }),
} as const;
