/**
 * Who and what was seen when: tables with the least and the greatest time of a key, that a turn fills from the raw rows before it makes events of
 * them, as far as they count: one that another with the same identity has replaced tells nothing, merged or not. What is inserted twice, late or in another order leaves them as they are, and nothing is ever taken away. Views on insert would write a
 * row for nearly every row that comes in; a turn writes one per key.
 */
import { timeBounds } from '../api/queries/bounds.ts';
import { HOUR_MS } from '../rollup/tiers.ts';

export interface Sighting {
  readonly table: string;
  /** SQL over a row of `polls`: how many rows that matter it brought. Where none came, nothing is read. */
  readonly rows: string;
  /** Only the range itself is read. */
  readonly lookbackMs: 0;
  /** SELECT of the table's columns by name, of the sites `{sites:Array(String)}` with `{from:Int64}` <= ts < `{to:Int64}`, Unix ms. */
  readonly select: string;
}

/** Ranges are read in spans of so many ms, UTC, where they are not recent. */
export const SIGHTING_SPAN_MS = HOUR_MS;

const RANGE = `site IN {sites:Array(String)} AND ${timeBounds('{from:Int64}', '{to:Int64}')}`;

/** Types whose addresses are those of a port below them, or of nobody. */
const VIRTUAL_TYPES = "('bridge', 'vlan', 'vrrp', 'bond', 'macvlan', 'vxlan', 'eoip', 'loopback')";

export const SIGHTINGS: readonly Sighting[] = [
  sighting(
    'interface_days',
    'interface_rows',
    `SELECT toDate(ts) AS day, site, router, interface, agent, type, ifNull(mac, 0) AS mac, min(ts) AS first_seen, max(ts) AS last_seen
     FROM interface_counters FINAL
     WHERE ${RANGE}
     GROUP BY day, site, router, interface, agent, type, mac`,
  ),
  // Addresses of nobody, of groups and of virtual routers tell no router.
  sighting(
    'interface_mac_hours',
    'interface_rows',
    `SELECT toStartOfHour(ts) AS hour, assumeNotNull(interface_counters.mac) AS mac, site, router, interface, type, min(ts) AS first_ts
     FROM interface_counters FINAL
     WHERE ${RANGE} AND ifNull(interface_counters.mac, 0) != 0
       AND bitTest(assumeNotNull(interface_counters.mac), 40) = 0 AND bitShiftRight(assumeNotNull(interface_counters.mac), 16) != 0x00005E00
       AND type NOT IN ${VIRTUAL_TYPES}
     GROUP BY hour, mac, site, router, interface, type`,
  ),
  sighting(
    'radio_client_quarters',
    'radio_client_rows',
    `SELECT toStartOfInterval(ts, INTERVAL 15 MINUTE) AS quarter, site, router, mac, min(ts) AS first_ts, max(ts) AS last_ts
     FROM radio_clients FINAL
     WHERE ${RANGE}
     GROUP BY quarter, site, router, mac`,
  ),
  sighting(
    'router_days',
    '1',
    `SELECT toDate(ts) AS day, site, router, min(ts) AS first_polled, max(ts) AS last_polled,
       min(if(outcome <= 2, ts, NULL)) AS first_answered, max(if(outcome <= 2, ts, NULL)) AS last_answered
     FROM polls FINAL
     WHERE ${RANGE}
     GROUP BY day, site, router`,
  ),
  sighting(
    'router_software_days',
    'device_rows',
    `SELECT toDate(ts) AS day, site, router, version, board, architecture, min(ts) AS first_seen, max(ts) AS last_seen
     FROM device_resources FINAL
     WHERE ${RANGE}
     GROUP BY day, site, router, version, board, architecture`,
  ),
  sighting(
    'router_board_days',
    'board_rows',
    `SELECT toDate(ts) AS day, site, router, serial, model, revision, current_firmware, min(ts) AS first_seen, max(ts) AS last_seen
     FROM boards FINAL
     WHERE ${RANGE}
     GROUP BY day, site, router, serial, model, revision, current_firmware`,
  ),
];

function sighting(table: string, rows: string, select: string): Sighting {
  return { table, rows, lookbackMs: 0, select };
}
