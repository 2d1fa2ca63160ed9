/**
 * Shapes of the JSON API under /api/v1: the contract of the viewer and of scripts. Times are Unix ms of the agent's clock unless
 * `hub_time`, rates are bit/s, volumes are bytes; null means "not reported" and never zero.
 */
import { z } from '@hono/zod-openapi';
import { AGENT_CLOCK_OFF_MS, ROUTER_CLOCK_OFF_MS } from './clock-limits.ts';

const timeMs = (description: string) => z.number().int().describe(`${description}, Unix ms`);
const rateBps = (description: string) => z.number().nullable().describe(`${description}, bit/s; null when nothing is covered`);
const count = (description: string) => z.number().int().nonnegative().describe(description);
const counter = (description: string) => z.number().nullable().describe(`${description}; null when not reported`);

export const SITE = z.string().describe('POP that the router belongs to');
export const ROUTER = z.string().describe("Name of the router in the agent's configuration");
export const INTERFACE = z.string().describe('RouterOS interface name');
export const MAC = z.string().describe('Hardware address, AA:BB:CC:DD:EE:FF');

export const RouterState = z
  .enum(['unknown', 'up', 'suspect', 'down'])
  .describe(
    'up: the newest poll was answered. suspect: it failed, but fewer than three of the newest five did. down: three of the newest five failed, the newest ' +
      'among them; of these, polls count that are no older than max(12 intervals, 4 intervals + 60 s), twenty minutes at most. ' +
      'unknown: nothing was heard for longer than max(3 intervals, interval + 15 s), because the agent is silent',
  )
  .openapi('RouterState');
export type RouterState = z.infer<typeof RouterState>;

export const RouterSummary = z
  .object({
    site: SITE,
    router: ROUTER,
    identity: z.string().nullable().describe('Name that the router gives itself; null when never read'),
    state: RouterState,
    since_ms: timeMs('Start of the state, as far as the last six hours tell').nullable(),
    outcome: z.string().describe('How the newest poll ended: ok, partial, refused, timeout, auth …'),
    error: z.string().describe("Cause of a failure, in the router's or system's words; empty when there is none"),
    address: z.string().describe('host:port that the agent dials'),
    agent: z.string().describe('Agent whose poll decided the state'),
    board: z.string().describe('Board name; empty when never read'),
    version: z.string().describe('RouterOS version; empty when never read'),
    architecture: z.string().describe('Processor architecture; empty when never read'),
    polled_at_ms: timeMs('Start of the newest poll')
      .nullable()
      .describe('Null when all that is known lies in the future of the hub'),
    interval_ms: count('Interval of the visits, ms'),
    answered_at_ms: timeMs('Newest poll that the router answered').nullable(),
    cpu_load_pct: z.number().nullable().describe('CPU load over all cores, percent; null when the router is down or unknown'),
    memory_used_ratio: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .describe('Memory in use, 0 to 1; null when the router is down or unknown'),
    uptime_ms: z.number().nullable().describe('Time since boot, ms; null when the router is down or unknown'),
    rx_bps: rateBps('Received over the last two polls, sum over physical ports'),
    tx_bps: rateBps('Sent over the last two polls, sum over physical ports'),
    radio_clients: z.number().int().nullable().describe('Associated wireless clients; null on a router that had none for hours'),
  })
  .openapi('RouterSummary');
export type RouterSummary = z.infer<typeof RouterSummary>;

const stateCounts = {
  up: count('Routers up'),
  suspect: count('Routers suspect'),
  down: count('Routers down'),
  unknown: count('Routers unknown'),
};

export const SiteSummary = z
  .object({
    site: SITE,
    ...stateCounts,
    rx_bps: rateBps("Received, sum over the site's routers"),
    tx_bps: rateBps("Sent, sum over the site's routers"),
    radio_clients: z.number().int().nullable().describe('Associated wireless clients; null when no router has any'),
    cause: z
      .string()
      .nullable()
      .describe('What most of its routers that are not up suffer from together, as a sentence; null when nothing is'),
  })
  .openapi('SiteSummary');
export type SiteSummary = z.infer<typeof SiteSummary>;

export const AgentSummary = z
  .object({
    agent: z.string().describe('Name of the agent'),
    sites: z.array(z.string()).describe('Sites of the routers that it polls'),
    routers: count('Routers that it polls'),
    last_sealed_ms: timeMs('When its newest stored batch was sealed').nullable(),
    lag_ms: z.number().nullable().describe('Hub time minus the newest sealing, corrected by the clock offset, ms'),
    batches_10m: count('Batches that reached the store in the last 10 minutes'),
    rejected_10m: count('Batches rejected in the last 10 minutes'),
    clock_offset_ms: z
      .number()
      .nullable()
      .describe('Hub clock minus agent clock, ms; null before the first handshake and after a step of its clock until the next'),
    clock_off: z
      .boolean()
      .describe(`That offset is more than ${AGENT_CLOCK_OFF_MS / 1000} s: the times of all that it polls are wrong by it`),
  })
  .openapi('AgentSummary');
export type AgentSummary = z.infer<typeof AgentSummary>;

export const IngestFigures = z
  .object({
    rows_per_second: z.number().describe('Rows stored per second by this hub, over the last ten seconds'),
    poll_to_stored_p50_ms: z.number().nullable().describe('End of a poll to its confirmed insert, median, ms'),
    poll_to_stored_p99_ms: z.number().nullable().describe('End of a poll to its confirmed insert, 99th percentile, ms'),
  })
  .openapi('IngestFigures');
export type IngestFigures = z.infer<typeof IngestFigures>;

export const Problem = RouterSummary.pick({
  site: true,
  router: true,
  state: true,
  since_ms: true,
  outcome: true,
  error: true,
}).openapi('Problem');

export const RootCause = z
  .object({
    kind: z
      .enum(['agent_silent', 'site_not_polled', 'site_unreachable', 'router_behind', 'routers', 'router'])
      .describe(
        'agent_silent: nothing comes from an agent, and nothing is known of what it polls; where that is a whole site, its uplink may be cut. ' +
          'site_not_polled: its agent reports others, and nothing of the site. site_unreachable: its agent reports, and none of several routers answers. ' +
          'router_behind: routers that fail lie behind one that fails, as far as they heard each other in the last day. routers: three or more share ' +
          'site, state and outcome. router: one for itself',
      ),
    text: z.string().describe('The same as a sentence'),
    state: RouterState.describe('The worst of their states'),
    site: z.string().nullable().describe('The site; null when several are concerned'),
    router: z.string().nullable().describe('The router that is the cause; null when it is none, or none alone'),
    agent: z.string().nullable().describe('The agent that is the cause; null when it is none'),
    routers: count('Routers that it explains'),
    outcome: z.string().describe('How the newest poll of the router, or of these routers, ended; empty for other kinds'),
    since_ms: timeMs('Start of the first of their states').nullable().describe('Null when that is before what is known'),
  })
  .openapi('RootCause');
export type RootCause = z.infer<typeof RootCause>;

export const RootCauseList = z
  .object({
    causes: z.array(RootCause).describe('Every router that is not up is in one of them; those that reach farthest first'),
  })
  .openapi('RootCauseList');
export type RootCauseList = z.infer<typeof RootCauseList>;

export const FaultKind = z
  .enum(['bgp', 'ospf', 'module', 'poe', 'collector', 'clock'])
  .describe(
    'bgp: a session is not established. ospf: an adjacency is not Full. module: no light, or a failed transmitter. poe: a port cannot feed its ' +
      'device. collector: something is not read any more, because reading it cost the router too much. clock: the router was never told the ' +
      `time, or is more than ${ROUTER_CLOCK_OFF_MS / 1000} s off its agent`,
  );

export const Fault = z
  .object({
    site: SITE,
    router: ROUTER,
    kind: FaultKind,
    item: z.string().describe('The peer, neighbour, port or collector; or clock'),
    what: z.string().describe("What is wrong, in the router's words as far as it has any"),
    since_ms: timeMs('Newest answer at which it began').nullable().describe('Null when it began more than 15 minutes ago'),
  })
  .openapi('Fault');
export type Fault = z.infer<typeof Fault>;

export const Overview = z
  .object({
    hub_time_ms: timeMs("The hub's clock"),
    newest_poll_ms: timeMs('Start of the newest poll of all').nullable(),
    routers: z.object({ ...stateCounts, total: count('All routers') }),
    sites: z.array(SiteSummary),
    agents: z.array(AgentSummary),
    ingest: IngestFigures,
    problems: z
      .array(Problem)
      .describe('Routers that are not up: down first, then suspect, then unknown, newest first; at most 100'),
    causes: z
      .array(RootCause)
      .describe('What explains the problems, one line per root cause, those that reach farthest first; at most 100'),
    faults: z.array(Fault).describe('What does not work on routers that are up or suspect; at most 200'),
    top_talkers: z
      .array(z.object({ site: SITE, router: ROUTER, interface: INTERFACE, rx_bps: rateBps('Received'), tx_bps: rateBps('Sent') }))
      .describe('The ten busiest physical ports now'),
    busiest: z
      .array(z.object({ site: SITE, router: ROUTER, cpu_load_pct: z.number() }))
      .describe('The ten routers with the highest CPU load'),
    weakest_clients: z
      .array(z.object({ site: SITE, router: ROUTER, interface: INTERFACE, mac: MAC, signal_dbm: z.number() }))
      .describe('The ten associated clients with the weakest signal, dBm'),
  })
  .openapi('Overview');
export type Overview = z.infer<typeof Overview>;

export const SiteList = z.object({ sites: z.array(SiteSummary) }).openapi('SiteList');
export type SiteList = z.infer<typeof SiteList>;

export const RouterList = z
  .object({
    routers: z.array(RouterSummary).describe('In order of site, then router'),
    next_cursor: z.string().nullable().describe('Pass as cursor to read on; null at the end'),
  })
  .openapi('RouterList');
export type RouterList = z.infer<typeof RouterList>;

export const InterfaceSummary = z
  .object({
    interface: INTERFACE,
    type: z.string().describe('RouterOS interface type: ether, wlan, bridge, vlan …'),
    comment: z.string().describe("Operator's comment"),
    mac: MAC.nullable(),
    running: z.boolean().nullable().describe('Link up'),
    disabled: z.boolean().nullable().describe('Disabled by an operator'),
    rx_bps: rateBps('Received over the last two polls'),
    tx_bps: rateBps('Sent over the last two polls'),
    speed_bps: z
      .number()
      .nullable()
      .describe('Negotiated speed of an Ethernet port, bit/s; null without a link or when not read lately'),
    utilisation_ratio: z
      .number()
      .nullable()
      .describe("The busier direction's share of the speed; null when not known. Counting lets it pass 1 by a few percent"),
    rx_errors: counter('Received frames with errors since boot'),
    tx_errors: counter('Frames that failed to send since boot'),
    rx_drops: counter('Received packets dropped since boot'),
    tx_drops: counter('Packets dropped before sending since boot'),
    link_downs: counter('Times the link went down since boot'),
    polled_at_ms: timeMs('Time of these values'),
  })
  .openapi('InterfaceSummary');
export type InterfaceSummary = z.infer<typeof InterfaceSummary>;

export const BoardSummary = z
  .object({
    routerboard: z.boolean().nullable().describe("MikroTik's own hardware; null when not reported"),
    model: z.string().describe('Product code; empty when not reported'),
    revision: z.string().describe('Hardware revision; empty when the board has none'),
    serial: z.string().describe('Serial number; empty when not reported'),
    factory_firmware: z.string().describe('Firmware it was sold with; empty when not reported'),
    current_firmware: z.string().describe('Firmware it runs; empty when not reported'),
    upgrade_firmware: z.string().describe('Firmware that an upgrade would install; empty when not reported'),
    polled_at_ms: timeMs('Time of these values'),
  })
  .openapi('BoardSummary');
export type BoardSummary = z.infer<typeof BoardSummary>;

export const SensorReading = z
  .object({
    sensor: z.string().describe('RouterOS name: voltage, cpu-temperature, fan1-speed, psu1-state …'),
    value: z.number().nullable().describe('Reading in its unit; null when the sensor reports a state or nothing'),
    unit: z.string().describe('C, V, A, W, RPM or %; empty when unknown and for a state'),
    state: z.string().describe('ok, fail, not-present …; empty when the sensor reports a number'),
    polled_at_ms: timeMs('Time of the reading'),
  })
  .openapi('SensorReading');
export type SensorReading = z.infer<typeof SensorReading>;

export const RouterDetail = z
  .object({
    router: RouterSummary,
    interfaces: z.array(InterfaceSummary),
    board: BoardSummary.nullable().optional().describe('Null when never read'),
    sensors: z.array(SensorReading).optional().describe('By name; empty when the router has none or none were read lately'),
  })
  .openapi('RouterDetail');
export type RouterDetail = z.infer<typeof RouterDetail>;

export const RadioClient = z
  .object({
    interface: INTERFACE,
    mac: MAC,
    stack: z.string().describe('Menu that reported the client: wireless, wifi, wifiwave2 or caps-man'),
    ssid: z.string().describe('Network name'),
    band: z.string().describe('Band as RouterOS names it'),
    radio_name: z.string().describe('Name that a MikroTik peer announces'),
    signal_dbm: z.number().nullable().describe("Client's signal at the access point, dBm"),
    snr_db: z.number().nullable().describe('Signal to noise, dB'),
    tx_ccq_pct: z.number().nullable().describe('Connection quality towards the client, percent; can exceed 100'),
    tx_rate_bps: z.number().nullable().describe('Modulation rate towards the client, bit/s'),
    rx_rate_bps: z.number().nullable().describe('Modulation rate from the client, bit/s'),
    tx_bytes: counter('Bytes to the client since it associated'),
    rx_bytes: counter('Bytes from the client since it associated'),
    uptime_ms: z.number().nullable().describe('Time since it associated, ms'),
    last_activity_ms: z.number().nullable().describe('Time since its last frame, ms'),
    distance_m: z.number().nullable().describe('Distance, m'),
    polled_at_ms: timeMs('Time of these values'),
  })
  .openapi('RadioClient');
export type RadioClient = z.infer<typeof RadioClient>;

export const RadioClientList = z.object({ clients: z.array(RadioClient) }).openapi('RadioClientList');
export type RadioClientList = z.infer<typeof RadioClientList>;

export const PollStrip = z
  .object({
    buckets: z
      .array(
        z.object({
          ts_ms: timeMs('Start of the bucket'),
          ok: count('Polls that the router answered (ok or partial)'),
          failed: count('Polls that failed'),
          outcome: z.string().describe('The worst kind: the newest failure in the bucket, else ok or partial'),
        }),
      )
      .describe('Only buckets with polls, in order of time'),
    step_ms: count('Length of a bucket, ms'),
  })
  .openapi('PollStrip');
export type PollStrip = z.infer<typeof PollStrip>;

export const SeriesSummary = z
  .object({
    min_bps: rateBps('Lowest rate between two polls'),
    avg_bps: rateBps('Sum of increases over the covered time'),
    max_bps: rateBps('Highest rate between two polls'),
    last_bps: rateBps('Newest rate'),
    p95_bps: rateBps('Exact 95th percentile: the rate not exceeded during 95 % of the covered time'),
    total_bytes: z.number().nullable().describe('Sum of increases, bytes; null when nothing is covered'),
  })
  .openapi('SeriesSummary');
export type SeriesSummary = z.infer<typeof SeriesSummary>;

export const InterfaceSeries = z
  .object({
    from_ms: timeMs('Start of the first bucket'),
    to_ms: timeMs('End of the range, exclusive'),
    step_ms: count('Length of a bucket, ms; never shorter than the interval of the polls'),
    resolution: z
      .enum(['samples', '5m', '1h'])
      .describe(
        'What the buckets are made of: the samples, or for ranges of 12 hours and more, and where samples have expired, rollups of five ' +
          'minutes or an hour, with the samples of what these do not hold yet. The 95th percentile is that of the samples, weighted by time, or of averages over ' +
          'five minutes, or over an hour where these have expired; last is the newest of them. Rollups tell resets to five minutes, and gaps that leave no bucket without a sample not at all',
      ),
    ts_ms: z.array(timeMs('Start of a bucket')).describe('One entry per bucket, also the empty ones'),
    rx_bps: z.array(rateBps('Received: average over the covered time of the bucket')),
    tx_bps: z.array(rateBps('Sent: average over the covered time of the bucket')),
    rx_max_bps: z.array(rateBps('Received: highest rate between two polls that touch the bucket')),
    tx_max_bps: z.array(rateBps('Sent: highest rate between two polls that touch the bucket')),
    gaps: z
      .array(z.object({ from_ms: timeMs('Last sample before the gap'), to_ms: timeMs('First sample after the gap') }))
      .describe('Times without samples for longer than 2.5 intervals, also at both ends of the range'),
    resets: z
      .array(timeMs('Sample whose counters had gone backwards, or forwards by more than the link can carry'))
      .describe('A reboot, a replaced port or cleared counters: the step before such a sample has no rate'),
    summary: z.object({ rx: SeriesSummary, tx: SeriesSummary }),
    sql: z.string().describe('The statement behind the buckets, ready to paste into a ClickHouse client'),
  })
  .openapi('InterfaceSeries');
export type InterfaceSeries = z.infer<typeof InterfaceSeries>;

export const Health = z
  .object({
    ready: z.boolean(),
    reasons: z.array(z.string()).describe('Why the hub is not ready; empty when it is'),
    version: z.string().describe("The hub's version"),
    uptime_ms: z.number().describe('Time since the hub started, ms'),
    ingest: IngestFigures,
    engine: z.object({
      embedded: z.boolean().describe('True for the engine inside the hub, false for a ClickHouse server elsewhere'),
      version: z.string().describe('ClickHouse version; empty when it does not answer'),
      parts: z.number().nullable().describe('Active data parts'),
      disk_bytes: z.number().nullable().describe('Bytes of the active parts'),
      detached_parts: z
        .number()
        .nullable()
        .describe('Parts that ClickHouse set aside as damaged; anything but 0 needs attention'),
    }),
    batches: z
      .object({
        stored: count('Batches stored'),
        rejected: count('Batches rejected'),
        skipped: count('Sequences that agents gave up'),
      })
      .nullable()
      .describe('Put on record, all time; one that is put on record again counts again. Null when ClickHouse does not answer'),
  })
  .openapi('Health');
export type Health = z.infer<typeof Health>;

export const ProblemDetails = z
  .object({
    type: z.string().describe('Kind of problem; about:blank when the status says it all'),
    title: z.string().describe('What went wrong, in a few words'),
    status: z.number().int().describe('HTTP status'),
    detail: z.string().describe('What went wrong, and what to try'),
    parameter: z.string().optional().describe('The parameter at fault'),
  })
  .openapi('ProblemDetails');
export type ProblemDetails = z.infer<typeof ProblemDetails>;
