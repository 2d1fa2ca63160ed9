/** The tables of one router as its newest answers about them show them, from rows to the API's shape. */
import type { z } from 'zod';
import type { FleetRouter } from './fleet-routers.ts';
import { collectorAnswers } from './queries/collector-answers.ts';
import { routerCollectors } from './queries/router-collectors.ts';
import { routerCounts } from './queries/router-counts.ts';
import { ethernetPorts, poePorts, type RouterTable } from './queries/router-tables.ts';
import type { Reader } from './reader.ts';
import type { CollectorReport, EthernetPort, PortTable, TableCount } from './table-schemas.ts';

/**
 * How far before the router's newest answer a table is looked for, ms: many times the agents' default intervals, so that also a
 * collector that was slowed down still shows what it has, with its age.
 */
const WINDOW_MS = 3 * 3600_000;
/** Two answers further apart tell what was moved, but not how fast it moves now, ms. */
const RATE_STEP_MAX_MS = 900_000;
const HISTORY_STEP_MS = 300_000;

type Answers = ReadonlyMap<string, z.output<(typeof collectorAnswers)['row']>['newest']>;

/** What the newest poll that read a table found; null when none did. */
export interface TableNow<Row> {
  readonly polled_at_ms: number | null;
  readonly rows: Row[];
}

/** The range of polls that may hold a router's current tables; undefined when it never answered. */
function window({ summary }: FleetRouter): { site: string; router: string; from_ms: number; to_ms: number } | undefined {
  const { site, router, answered_at_ms: answeredMs } = summary;
  // Rows reach the store before their poll does, so nothing of the newest answer is missing.
  return answeredMs === null ? undefined : { site, router, from_ms: answeredMs - WINDOW_MS, to_ms: answeredMs + 1 };
}

async function readAnswers(reader: Reader, router: FleetRouter, signal: AbortSignal): Promise<Answers> {
  const range = window(router);
  if (range === undefined) return new Map();
  const rows = await reader.rows(collectorAnswers, range, signal);
  return new Map(rows.map(({ collector, newest }) => [collector, newest]));
}

/**
 * Returns one table of a router.
 * @throws StoreError
 */
export async function readTable<Row extends z.ZodType>(
  reader: Reader,
  router: FleetRouter,
  table: RouterTable<Row>,
  signal: AbortSignal,
): Promise<TableNow<z.output<Row>>> {
  return tableAt(reader, router, { table, answers: await readAnswers(reader, router, signal) }, signal);
}

async function tableAt<Row extends z.ZodType>(
  reader: Reader,
  { summary }: FleetRouter,
  { table, answers }: { readonly table: RouterTable<Row>; readonly answers: Answers },
  signal: AbortSignal,
): Promise<TableNow<z.output<Row>>> {
  const [newest, before] = answers.get(table.collector) ?? [];
  if (newest === undefined) return { polled_at_ms: null, rows: [] };
  const [poll_ms, agent] = newest;
  const reached = summary.state === 'up' || summary.state === 'suspect';
  const comparable = reached && before !== undefined && before[1] === agent && poll_ms - before[0] <= RATE_STEP_MAX_MS;
  const { site, router } = summary;
  const params = { site, router, agent, poll_ms, previous_ms: comparable ? before[0] : poll_ms };
  return { polled_at_ms: poll_ms, rows: await reader.rows(table.query, params, signal) };
}

/** A port that feeds a device and of which nothing else was read. */
const UNREAD_PORT: Omit<EthernetPort, 'interface'> = {
  status: '',
  speed_bps: null,
  full_duplex: null,
  auto_negotiation: '',
  fec: '',
  wire_rx_bytes: null,
  wire_tx_bytes: null,
  wire_rx_fcs_errors: null,
  module_present: null,
  module_rx_loss: null,
  module_tx_fault: null,
  module_type: '',
  module_connector: '',
  module_vendor: '',
  module_part_number: '',
  module_serial: '',
  module_wavelength_nm: null,
  module_temperature_c: null,
  module_supply_v: null,
  module_bias_ma: null,
  module_tx_power_dbm: null,
  module_rx_power_dbm: null,
};

/**
 * Returns the Ethernet ports of a router with what they feed.
 * @throws StoreError
 */
export async function readPorts(reader: Reader, router: FleetRouter, signal: AbortSignal): Promise<PortTable> {
  const answers = await readAnswers(reader, router, signal);
  const [ports, feeding] = await Promise.all([
    tableAt(reader, router, { table: ethernetPorts, answers }, signal),
    tableAt(reader, router, { table: poePorts, answers }, signal),
  ]);
  const poe = new Map(feeding.rows.map(({ interface: name, ...rest }) => [name, rest]));
  const read = new Set(ports.rows.map((port) => port.interface));
  const unread = [...poe.keys()].filter((name) => !read.has(name)).map((name) => ({ interface: name, ...UNREAD_PORT }));
  return {
    polled_at_ms: ports.polled_at_ms,
    poe_polled_at_ms: feeding.polled_at_ms,
    rows: [...ports.rows, ...unread].map((port) => ({ ...port, poe: poe.get(port.interface) ?? null })),
  };
}

/**
 * Returns how many entries the router's tables have, and had.
 * @throws StoreError
 */
export async function readCounts(reader: Reader, router: FleetRouter, signal: AbortSignal): Promise<TableCount[]> {
  const range = window(router);
  if (range === undefined) return [];
  const rows = await reader.rows(routerCounts, { ...range, step_ms: HISTORY_STEP_MS }, signal);
  return rows.map(({ history, ...row }) => ({ ...row, history: history.map(([ts_ms, entries]) => ({ ts_ms, entries })) }));
}

/**
 * Returns what is read from the router, how often and at what cost, and what is not and why.
 * @throws StoreError
 */
export async function readCollectors(reader: Reader, router: FleetRouter, signal: AbortSignal): Promise<CollectorReport[]> {
  const range = window(router);
  if (range === undefined) return [];
  const [answers, reports] = await Promise.all([
    readAnswers(reader, router, signal),
    reader.rows(routerCollectors, range, signal),
  ]);
  const reported = new Map(reports.map((report) => [report.collector, report]));
  return [...new Set([...answers.keys(), ...reported.keys()])].sort().map((collector) => {
    const [answeredMs = null, , rows = null] = answers.get(collector)?.[0] ?? [];
    const report = reported.get(collector);
    const [state = '', reason = '', interval_ms = null] = report?.newest ?? [];
    const { runs = 0, duration_last_us = 0, duration_all_us = 0, longest_us = 0 } = report ?? {};
    const ran = (us: number): number | null => (runs === 0 ? null : us / 1000);
    return {
      collector,
      state,
      reason,
      interval_ms,
      answered_at_ms: answeredMs,
      rows,
      duration_last_ms: ran(duration_last_us),
      duration_mean_ms: ran(duration_all_us / runs),
      duration_max_ms: ran(longest_us),
      runs,
    };
  });
}
