/** The rows of a span as INSERT … SELECT: the closed form of `traffic.ts` in ClickHouse's words, in the order of the tables' keys. */
import { routersOf, type SetPlan, type Span, startMs } from './plan.ts';
import {
  BOOTING_OF_256,
  FAST_PATH,
  HEAD_START_S,
  IDLE_OF_256,
  JITTER_MS,
  LOSSES,
  LOSSY_OF_256,
  NOISE,
  ROUTER_KEYS,
  SEED_KEYS,
  WAVES,
} from './traffic.ts';

const HOUR_MS = 3600_000;

/** Every statement that fills one span, in the order of the writer: data, polls, batches. */
export function fillStatements(plan: SetPlan, span: Span): string[] {
  return [
    interfaceCounters(plan, span),
    ethernetPorts(plan, span),
    deviceResources(plan, span),
    identities(plan, span),
    polls(plan, span),
    batches(span),
  ];
}

/** Hashed bits as an unsigned number. */
const bits = (hash: string, shift: number, mask: number): string => `bitAnd(bitShiftRight(${hash}, ${shift}), ${mask})`;

/** One row per visit that is due (ports = 1) or per port and visit, in the order of (hour, site, router, port, time). */
function visits(plan: SetPlan, span: Span, ports: number, everyMs = span.intervalMs): string {
  const { seed, routersPerSite } = plan;
  const { fromMs, toMs, intervalMs, runMs } = span;
  const perHour = HOUR_MS / everyMs;
  const routers = routersOf(plan);
  const firstHourMs = Math.floor(fromMs / HOUR_MS) * HOUR_MS;
  const rows = Math.ceil((toMs - firstHourMs) / HOUR_MS) * routers * ports * perHour;
  const perBatch = Math.max(1, Math.floor((routersPerSite * 1000) / intervalMs));
  return `
  SELECT
    toInt64(${firstHourMs} + intDiv(number, ${routers * ports * perHour}) * ${HOUR_MS} + number % ${perHour} * ${everyMs}) AS slot_ms,
    intDiv(number, ${ports * perHour}) % ${routers} AS r,
    intDiv(number, ${perHour}) % ${ports} AS p,
    r % ${routersPerSite} AS place,
    intHash64(toUInt64(${seed * SEED_KEYS + ROUTER_KEYS} + r)) AS router_hash,
    slot_ms + intDiv(place * ${intervalMs}, ${routersPerSite}) + toInt64(intHash64(bitXor(toUInt64(${seed * SEED_KEYS + ROUTER_KEYS} + r), toUInt64(intDiv(slot_ms, 1000)))) % ${JITTER_MS}) AS ms,
    fromUnixTimestamp64Milli(ms, 'UTC') AS ts,
    leftPad(toString(intDiv(r, ${routersPerSite}) + 1), 2, '0') AS site_number,
    toLowCardinality(concat('site', site_number)) AS site,
    toLowCardinality(concat('r', leftPad(toString(r + 1), 4, '0'))) AS router,
    toLowCardinality(concat('agent', site_number)) AS agent,
    toLowCardinality(if(p = 9, 'sfp-sfpplus1', concat('ether', toString(p + 1)))) AS interface,
    toUInt64(intDiv(slot_ms - ${runMs}, ${intervalMs}) * ${routersPerSite} + place + 1) AS poll_number,
    intDiv(poll_number - 1, ${perBatch}) + 1 AS sequence,
    bitOr(bitShiftLeft(toUInt64(${Math.floor(runMs / 1000)}), 32), sequence) AS rank,
    ${bits('router_hash', 0, 255)} < ${BOOTING_OF_256} AS boots,
    if(boots, ${HEAD_START_S} + intDiv(${bits('router_hash', 8, 65_535)} * ${plan.days * 86_400}, 65536), 0) AS boot_s,
    (ms - ${startMs(plan)}) / 1000 + ${HEAD_START_S} AS s,
    boots AND s >= boot_s AS booted,
    intHash64(bitXor(router_hash, toUInt64(${runMs} + booted))) AS baseline,
    -- Half an hour without an answer on one day in two hundred.
    intHash64(router_hash + toUInt64(intDiv(slot_ms, 86400000))) AS day_hash,
    day_hash % 200 = 0 AND intDiv(slot_ms, 1800000) % 48 = ${bits('day_hash', 32, 65_535)} % 48 AS unanswered
  FROM numbers(${rows})
  WHERE slot_ms >= ${fromMs} AND slot_ms < ${toMs}`;
}

/** S(t) of traffic.ts. */
function shape(s: string): string {
  return WAVES.reduce((sum, { periodS, swing }) => {
    const omega = (2 * Math.PI) / periodS;
    return `${sum} + ${swing / omega} * sin(${omega} * ${s} + phase)`;
  }, s);
}

/** Adds what the ports have counted to visits of ports. */
function traffic(plan: SetPlan, span: Span, everyMs = span.intervalMs): string {
  const spread = (NOISE * span.intervalMs) / 1000 / 65_536;
  const noisy = (name: string, shift: number): string => `volume + ${spread} * ${bits('noise', shift, 65_535)} AS ${name}`;
  return `
  SELECT *,
    intHash64(toUInt64(${plan.seed * SEED_KEYS} + r * 10 + p)) AS hash,
    ${bits('hash', 0, 255)} < ${IDLE_OF_256} AS idle,
    if(idle, 0, exp10(2 + 5.5 * ${bits('hash', 8, 65_535)} / 65536)) AS rx_rate,
    rx_rate * (0.1 + 0.9 * ${bits('hash', 24, 255)} / 256) AS tx_rate,
    200 + 1100 * ${bits('hash', 32, 255)} / 256 AS rx_size,
    200 + 1100 * ${bits('hash', 40, 255)} / 256 AS tx_size,
    if(${bits('hash', 48, 255)} < ${LOSSY_OF_256}, ${LOSSES.lossy}, ${LOSSES.other}) AS loss,
    2 * pi() * ${bits('hash', 56, 255)} / 256 AS phase,
    toFloat64(if(booted, boot_s, 0)) AS since_s,
    (${shape('s')}) - (${shape('since_s')}) AS volume,
    intHash64(bitXor(hash, toUInt64(intDiv(slot_ms, 1000)))) AS noise,
    ${noisy('rx', 0)}, ${noisy('tx', 16)}, ${noisy('rxp', 32)}, ${noisy('txp', 48)},
    rx_rate / rx_size * rxp AS rx_count, tx_rate / tx_size * txp AS tx_count
  FROM (${visits(plan, span, plan.portsPerRouter, everyMs)})
  WHERE NOT unanswered`;
}

function interfaceCounters(plan: SetPlan, span: Span): string {
  const whole = (expression: string, name: string): string => `toUInt64(${expression}) AS ${name}`;
  return `INSERT INTO interface_counters
    (ts, site, router, interface, agent, rank, baseline, type, comment, mac, running, disabled, rx_bytes, tx_bytes, rx_packets, tx_packets,
     rx_drops, tx_drops, tx_queue_drops, rx_errors, tx_errors, link_downs, fp_rx_bytes, fp_tx_bytes, fp_rx_packets, fp_tx_packets)
  SELECT ts, site, router, interface, agent, rank, baseline, 'ether', if(p = 0, 'uplink', ''),
    toUInt64(83733676720128 + r * 16 + p), toUInt8(NOT idle), toUInt8(0),
    ${whole('rx_rate * rx', 'rx_bytes')}, ${whole('tx_rate * tx', 'tx_bytes')},
    ${whole('rx_count', 'rx_packets')}, ${whole('tx_count', 'tx_packets')},
    ${whole('rx_count * loss', 'rx_drops')}, ${whole('tx_count * loss / 2', 'tx_drops')}, ${whole('tx_count * loss * 2', 'tx_queue_drops')},
    ${whole('rx_count * loss / 10', 'rx_errors')}, ${whole('tx_count * loss / 50', 'tx_errors')},
    toUInt64(hash % 5),
    ${whole(`rx_rate * rx * ${FAST_PATH}`, 'fp_rx_bytes')}, ${whole(`tx_rate * tx * ${FAST_PATH}`, 'fp_tx_bytes')},
    ${whole(`rx_count * ${FAST_PATH}`, 'fp_rx_packets')}, ${whole(`tx_count * ${FAST_PATH}`, 'fp_tx_packets')}
  FROM (${traffic(plan, span)})`;
}

/** Speeds are read every minute by the last day's agents, every five minutes by those before. */
const ethernetEveryMs = (span: Span): number => (span.intervalMs < 60_000 ? 60_000 : 300_000);

function ethernetPorts(plan: SetPlan, span: Span): string {
  return `INSERT INTO ethernet_ports
    (ts, site, router, interface, agent, rank, baseline, status, rate_bps, full_duplex, auto_negotiation, wire_rx_bytes, wire_tx_bytes, wire_rx_fcs_errors)
  SELECT ts, site, router, interface, agent, rank, baseline, if(idle, 'no-link', 'link-ok'),
    if(idle, NULL, toUInt64(if(p = 9, 10000000000, 1000000000))), if(idle, NULL, toUInt8(1)), if(idle, 'incomplete', 'done'),
    toUInt64(rx_rate * rx + 4 * rx_count), toUInt64(tx_rate * tx + 4 * tx_count), toUInt64(0)
  FROM (${traffic(plan, span, ethernetEveryMs(span))})`;
}

function deviceResources(plan: SetPlan, span: Span): string {
  return `INSERT INTO device_resources
    (ts, site, router, agent, rank, uptime_ms, version, board, architecture, cpu_load_pct, cpu_count, cpu_frequency_mhz, memory_total_bytes,
     memory_free_bytes, disk_total_bytes, disk_free_bytes)
  SELECT ts, site, router, agent, rank, toUInt64(1000 * (s - if(booted, boot_s, 0))), '7.18.2 (stable)', 'RB5009UG+S+', 'arm64',
    toUInt32(5 + intHash64(bitXor(router_hash, toUInt64(slot_ms))) % 40), toUInt32(4), toUInt32(1400), toUInt64(1073741824),
    toUInt64(700000000 + intHash64(bitXor(router_hash, toUInt64(slot_ms))) % 8000000), toUInt64(1073741824), toUInt64(900000000)
  FROM (${visits(plan, span, 1)})
  WHERE NOT unanswered`;
}

function identities(plan: SetPlan, span: Span): string {
  return `INSERT INTO router_identities (ts, site, router, agent, rank, identity)
  SELECT ts, site, router, agent, rank, router
  FROM (${visits(plan, span, 1, HOUR_MS)})
  WHERE NOT unanswered`;
}

function polls(plan: SetPlan, span: Span): string {
  const every = ethernetEveryMs(span);
  return `INSERT INTO polls
    (ts, site, router, agent, rank, epoch, sequence, poll_number, baseline, outcome, error, address, duration_us, interval_ms,
     interface_rows, device_rows, identity_rows, radio_client_rows, collapsed_rows, parse_errors, ethernet_port_rows)
  SELECT ts, site, router, agent, rank, intHash64(toUInt64(${span.runMs} + intDiv(r, ${plan.routersPerSite}))), sequence, poll_number, baseline,
    if(unanswered, 'timeout', 'ok'), if(unanswered, 'no answer within 5 s', ''), concat('10.', toString(intDiv(r, 250)), '.', toString(r % 250), '.1:8728'),
    toUInt32(if(unanswered, 5000000, 20000 + intHash64(toUInt64(ms)) % 60000)), toUInt32(${span.intervalMs}),
    if(unanswered, 0, ${plan.portsPerRouter}), if(unanswered, 0, 1), if(unanswered OR slot_ms % ${HOUR_MS} != 0, 0, 1), 0, 0, 0,
    if(unanswered OR slot_ms % ${every} != 0, 0, ${plan.portsPerRouter})
  FROM (${visits(plan, span, 1)})`;
}

/** One row per batch, as the polls of the span name them. */
function batches({ fromMs, toMs }: Span): string {
  const time = (ms: number): string => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;
  return `INSERT INTO batches
    (agent, epoch, sequence, content_hash, state, reason, sealed_at, received_at, stored_at, clock_offset_ms, payload_bytes, polls,
     interface_rows, device_rows, identity_rows, radio_client_rows, ethernet_port_rows)
  SELECT agent, epoch, sequence, intHash64(bitXor(epoch, sequence)), 2, '',
    max(ts) + INTERVAL 1 SECOND, max(ts) + INTERVAL 1100 MILLISECOND, max(ts) + INTERVAL 1700 MILLISECOND, 0, toUInt32(700 + 250 * count()), count(),
    sum(interface_rows), sum(device_rows), sum(identity_rows), 0, sum(ethernet_port_rows)
  FROM polls
  WHERE ts >= ${time(fromMs)} AND ts < ${time(toMs)}
    AND toStartOfHour(ts) >= toStartOfHour(${time(fromMs)}) AND toStartOfHour(ts) <= toStartOfHour(${time(toMs)})
  GROUP BY agent, epoch, sequence`;
}
