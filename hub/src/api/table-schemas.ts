/**
 * Shapes of the tables of one router: ports, radios, modems, links, neighbours, queues, routing sessions, watched hosts, clock, collectors.
 * The same conventions as schemas.ts. Texts are in the router's own words, empty when not reported.
 */
import { z } from '@hono/zod-openapi';
import { ROUTER_CLOCK_OFF_MS } from './clock-limits.ts';
import { INTERFACE, MAC } from './schemas.ts';

const text = (description: string) => z.string().describe(description);
const figure = (description: string) => z.number().nullable().describe(`${description}; null when not reported`);
const flag = (description: string) => z.boolean().nullable().describe(`${description}; null when not reported`);
const timeMs = (description: string) => z.number().int().nullable().describe(`${description}, Unix ms`);
const rate = (description: string) =>
  z.number().nullable().describe(`${description}, bit/s; null when the last two answers do not tell`);

/** Answer with the rows of one table. */
export function tableOf<Row extends z.ZodType>(row: Row) {
  return z.object({
    polled_at_ms: timeMs(
      'Start of the newest poll that read this table; null when none did in the last three hours that the router answered',
    ),
    rows: z.array(row).describe('As that poll found them: what has gone from the router is not here any more'),
  });
}

const ethernetFields = {
  interface: INTERFACE,
  status: text('link-ok, no-link or unknown'),
  speed_bps: figure('Negotiated speed, bit/s; null without a link'),
  full_duplex: flag('Full duplex'),
  auto_negotiation: text('done, incomplete, disabled or failed'),
  fec: text('Forward error correction in use'),
  wire_rx_bytes: figure('Bytes that the port received since boot; on a switch chip more than what the interface counts'),
  wire_tx_bytes: figure('Bytes that the port sent since boot'),
  wire_rx_fcs_errors: figure('Frames received with a wrong checksum since boot'),
  module_present: flag('A module is plugged in; null on ports without a cage'),
  module_rx_loss: flag('The module receives no light'),
  module_tx_fault: flag("The module's transmitter has failed"),
  module_type: text('SFP, QSFP …'),
  module_connector: text('LC, MPO, copper-pigtail …'),
  module_vendor: text('Maker of the module'),
  module_part_number: text('Its part number'),
  module_serial: text('Its serial number'),
  module_wavelength_nm: figure('Wavelength, nm'),
  module_temperature_c: figure('Temperature of the module, °C'),
  module_supply_v: figure('Supply voltage of the module, V'),
  module_bias_ma: figure('Laser current, mA'),
  module_tx_power_dbm: figure('Light sent, dBm'),
  module_rx_power_dbm: figure('Light received, dBm'),
};

export const EthernetPort = z.object(ethernetFields);
export type EthernetPort = z.infer<typeof EthernetPort>;

export const PoePort = z.object({
  interface: INTERFACE,
  mode: text('off, auto-on or forced-on'),
  status: text('powered-on, waiting-for-load, overload, short-circuit …'),
  voltage_v: figure('Voltage, V; null where nothing is fed'),
  current_ma: figure('Current, mA; null where nothing is fed'),
  power_w: figure('Power, W; null where nothing is fed'),
});
export type PoePort = z.infer<typeof PoePort>;

export const Port = EthernetPort.extend({
  poe: PoePort.omit({ interface: true }).nullable().describe('What the port feeds to a device; null when it cannot feed one'),
}).openapi('Port');
export type Port = z.infer<typeof Port>;

export const PortTable = tableOf(Port)
  .extend({ poe_polled_at_ms: timeMs('Start of the newest poll that read what the ports feed; null when none did') })
  .openapi('PortTable');
export type PortTable = z.infer<typeof PortTable>;

export const Radio = z
  .object({
    interface: INTERFACE,
    stack: text('Menu that reported the radio: wireless, wifi, wifiwave2 or caps-man'),
    mac: MAC.nullable(),
    ssid: text('Network name'),
    radio_name: text('Name announced to MikroTik peers'),
    mode: text('ap, ap-bridge, station …'),
    master: text('Interface that a virtual one shares the radio of'),
    hardware: text("The radio's chip"),
    running: flag('Up'),
    disabled: flag('Disabled by an operator'),
    state: text('running-ap, connected-to-ess, radar-detecting …'),
    band: text('Configured band'),
    width: text('Configured channel width'),
    channel: text('Channel in use'),
    frequency_mhz: figure('Centre of the primary channel, MHz'),
    registered_clients: figure('Clients associated'),
    authorized_clients: figure('Clients past authentication'),
    noise_floor_dbm: figure('Noise floor, dBm'),
    tx_ccq_pct: figure('Connection quality over all clients, percent; can exceed 100'),
    tx_power_dbm: figure('Transmit power, dBm'),
    signal_dbm: figure('As a station: signal of the access point, dBm'),
    snr_db: figure('As a station: signal to noise, dB'),
    tx_rate_bps: figure('As a station: modulation rate sent, bit/s'),
    rx_rate_bps: figure('As a station: modulation rate received, bit/s'),
  })
  .openapi('Radio');
export type Radio = z.infer<typeof Radio>;

export const Modem = z
  .object({
    interface: INTERFACE,
    status: text('running, searching …'),
    registration: text('registered, denied …'),
    operator: text('Network in use'),
    technology: text('LTE, 5G NSA …'),
    model: text('Modem'),
    revision: text('Its firmware'),
    roaming: flag('In a foreign network'),
    cell_id: figure('Cell'),
    enb_id: figure('Base station'),
    sector_id: figure('Its sector'),
    physical_cell_id: figure('Physical cell id'),
    area_code: figure('Location or tracking area'),
    primary_band: text('Primary carrier'),
    aggregated_bands: text('Further carriers, comma-separated'),
    session_uptime_ms: figure('Time since the data session started, ms'),
    rssi_dbm: figure('RSSI, dBm'),
    rsrp_dbm: figure('RSRP, dBm'),
    rsrq_db: figure('RSRQ, dB'),
    sinr_db: figure('SINR, dB'),
    nr_rsrp_dbm: figure('RSRP of the 5G carrier, dBm'),
    nr_rsrq_db: figure('RSRQ of the 5G carrier, dB'),
    nr_sinr_db: figure('SINR of the 5G carrier, dB'),
    cqi: figure('Channel quality indicator'),
    rank_indicator: figure('Parallel streams'),
    mcs: figure('Modulation and coding scheme'),
    modulation: text('Downlink modulation'),
  })
  .openapi('Modem');
export type Modem = z.infer<typeof Modem>;

export const W60gLink = z
  .object({
    interface: INTERFACE,
    connected: flag('Linked to a peer'),
    remote_mac: MAC.nullable().describe('Hardware address of the peer'),
    frequency_mhz: figure('Frequency, MHz'),
    tx_mcs: figure('Modulation and coding scheme sent'),
    tx_rate_bps: figure('Modulation rate sent, bit/s'),
    signal_pct: figure('Signal quality, 0 to 100'),
    rssi_dbm: figure('Signal, dBm'),
    tx_sector: figure('Direction of the beam'),
    tx_sector_info: text('The same in words'),
    distance_m: figure('Distance to the peer, m'),
    tx_packet_error_pct: figure('Packets lost in the air, percent'),
    baseband_temperature_c: figure('Temperature of the baseband chip, °C'),
    rf_temperature_c: figure('Temperature of the radio, °C'),
  })
  .openapi('W60gLink');
export type W60gLink = z.infer<typeof W60gLink>;

export const Neighbor = z
  .object({
    interface: INTERFACE.describe('Port that heard it'),
    mac: MAC,
    port: text("The neighbour's own interface"),
    bridge: text('Further interfaces, as the bridge of the port'),
    address: text('Its address'),
    identity: text('Its name'),
    platform: text('MikroTik, Cisco …'),
    version: text('Its software version'),
    board: text('Its board'),
    software_id: text('Its licence id'),
    system_description: text('Its own description'),
    capabilities: text('bridge, router …, those in use'),
    discovered_by: text('mndp, cdp, lldp'),
    uptime_ms: figure('Its time since boot, ms'),
    age_ms: figure('Time since its last announcement, ms'),
  })
  .openapi('Neighbor');
export type Neighbor = z.infer<typeof Neighbor>;

export const Queue = z
  .object({
    queue: text('Name of the queue'),
    target: text('Addresses or interface that it is for'),
    parent: text('Queue above it'),
    disabled: flag('Disabled by an operator'),
    dynamic: flag('Made by the router, as for a PPP session'),
    invalid: flag('Not in effect'),
    upload_bps: rate('From the target over the last two answers'),
    download_bps: rate('To the target over the last two answers'),
    upload_limit_bps: figure('max-limit from the target, bit/s; 0 unlimited'),
    download_limit_bps: figure('max-limit to the target, bit/s; 0 unlimited'),
    upload_bytes: figure('Bytes from the target since the queue was made'),
    download_bytes: figure('Bytes to the target since the queue was made'),
    upload_packets: figure('Packets from the target since the queue was made'),
    download_packets: figure('Packets to the target since the queue was made'),
    upload_drops: figure('Packets from the target dropped since the queue was made'),
    download_drops: figure('Packets to the target dropped since the queue was made'),
    upload_queued_bytes: figure('Waiting from the target, bytes'),
    download_queued_bytes: figure('Waiting to the target, bytes'),
  })
  .openapi('Queue');
export type Queue = z.infer<typeof Queue>;

export const BgpPeer = z
  .object({
    peer: text('Name of the peer, on RouterOS 7 of its connection'),
    remote_address: text('Address of the peer'),
    remote_as: figure('AS of the peer'),
    remote_id: text('Router id of the peer'),
    local_address: text('Own address'),
    local_as: figure('Own AS'),
    instance: text('BGP instance'),
    established: flag('Session established'),
    state: text('idle, connect, active … established; empty where the version does not tell'),
    disabled: flag('Disabled by an operator'),
    uptime_ms: figure('Age of the session, ms'),
    prefixes: figure('Prefixes received and accepted'),
    messages_received: figure('Messages received in this session'),
    messages_sent: figure('Messages sent in this session'),
    received_bytes: figure('Bytes received in this session'),
    sent_bytes: figure('Bytes sent in this session'),
    updates_received: figure('Updates received in this session'),
    updates_sent: figure('Updates sent in this session'),
    hold_time_ms: figure('Hold time in use, ms'),
  })
  .openapi('BgpPeer');
export type BgpPeer = z.infer<typeof BgpPeer>;

export const OspfNeighbor = z
  .object({
    router_id: text('Its router id'),
    address: text('Its address'),
    interface: INTERFACE.describe('Interface towards it'),
    instance: text('OSPF instance'),
    area: text('Area'),
    state: text('Down, Init, 2-Way, ExStart, Exchange, Loading, Full'),
    priority: figure('Its priority'),
    designated: text('Designated router'),
    backup: text('Backup designated router'),
    state_changes: figure('Changes of state so far'),
    adjacency_ms: figure('Age of the adjacency, ms'),
  })
  .openapi('OspfNeighbor');
export type OspfNeighbor = z.infer<typeof OspfNeighbor>;

export const WatchedHost = z
  .object({
    host: text('Address watched'),
    type: text('simple, icmp, tcp-conn, http-get …'),
    name: text('Name of the watch'),
    comment: text("Operator's comment"),
    status: text('up, down or unknown'),
    since: text("Time of the last change, by the router's clock and in its form"),
    disabled: flag('Disabled by an operator'),
    interval_ms: figure('Between two tests, ms'),
    done_tests: figure('Tests made'),
    failed_tests: figure('Tests failed'),
    loss_pct: figure('Packets lost in the last test, percent'),
    rtt_avg_us: figure('Round trip of the last test, average, µs'),
    rtt_min_us: figure('Shortest round trip, µs'),
    rtt_max_us: figure('Longest round trip, µs'),
    rtt_jitter_us: figure('Jitter, µs'),
    rtt_stdev_us: figure('Standard deviation, µs'),
    tcp_connect_us: figure('Time to connect, µs'),
    http_status: figure('HTTP status code'),
  })
  .openapi('WatchedHost');
export type WatchedHost = z.infer<typeof WatchedHost>;

export const RouterClock = z
  .object({
    state: z
      .enum(['right', 'off', 'never_set', 'unknown'])
      .describe(
        `off: more than ${ROUTER_CLOCK_OFF_MS / 1000} s from its agent's clock, whatever the round trip. never_set: it shows a time before 2010. ` +
          'unknown: no offset was measured',
      ),
    offset_ms: figure(
      "Router's clock, which tells whole seconds, minus the agent's in the middle of the round trip, ms. The router is ahead of its agent by " +
        'this to 1000 ms more, give or take half the round trip',
    ),
    round_trip_ms: figure('From the command to the end of its answer, ms'),
    clock_ms: figure("The router's clock, Unix ms, whole seconds"),
    time_zone: text('Time zone that it is set to'),
    gmt_offset_s: figure('Its local time minus UTC, s'),
  })
  .openapi('RouterClock');
export type RouterClock = z.infer<typeof RouterClock>;

export const TableCount = z
  .object({
    counted: text('dhcp_leases_bound, ppp_sessions, routes_active, connections or arp_entries'),
    entries: z.number().int().nonnegative().describe('Number of entries'),
    polled_at_ms: z.number().int().describe('Time of the count, Unix ms'),
    history: z
      .array(z.object({ ts_ms: z.number().int().describe('Start of five minutes, Unix ms'), entries: z.number().int() }))
      .describe('The last count in each five minutes of the three hours before, in order of time'),
  })
  .openapi('TableCount');
export type TableCount = z.infer<typeof TableCount>;

export const TableCountList = z
  .object({ counts: z.array(TableCount).describe('In order of name; only what the router counts') })
  .openapi('TableCountList');
export type TableCountList = z.infer<typeof TableCountList>;

const durationMs = (description: string) =>
  z.number().nullable().describe(`${description}, ms; null when it did not run, or its agent does not report it`);

export const CollectorReport = z
  .object({
    collector: text("Name in the agent's configuration"),
    state: text(
      'running, absent (the router has no such menu), slowed or shed (reading costs too much), forbidden (the user may not); empty when never reported',
    ),
    reason: text('Why it is not running as configured'),
    interval_ms: figure('Between two runs, ms'),
    answered_at_ms: timeMs('Newest poll in which the router answered all of it; null when none did in the last three hours'),
    rows: figure('Rows that this poll stored; null for collectors without rows of their own'),
    duration_last_ms: durationMs('From the command to the end of the answer: mean of the runs of the newest report'),
    duration_mean_ms: durationMs('Mean over the last three hours'),
    duration_max_ms: durationMs('Longest in the last three hours'),
    runs: z.number().int().nonnegative().describe('Runs in the last three hours, as far as they were reported'),
  })
  .openapi('CollectorReport');
export type CollectorReport = z.infer<typeof CollectorReport>;

export const CollectorList = z
  .object({ collectors: z.array(CollectorReport).describe('In order of name; those that were answered or reported') })
  .openapi('CollectorList');
export type CollectorList = z.infer<typeof CollectorList>;
