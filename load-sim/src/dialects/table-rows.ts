/** Rows of the tables that can be very large: routes, connections and ARP. A row is a function of its position. */
import { derive, mix, unit } from '../traffic/random.ts';
import { countWhere } from '../traffic/stays.ts';
import type { Dialect } from './dialect.ts';
import { durationText, flagText, macText, type Property, type Row } from './forms.ts';

function isActive(own: number, index: number): boolean {
  return index < 2 || unit(own) < 0.97;
}

/** How many of the routes up to number `size` are active: always the same ones. */
export function activeRoutes(key: number, size: number): number {
  const routes = derive(key, 'route');
  return countWhere(size, (index) => isActive(mix(routes, index), index));
}

/** One row of /ip/route/print: the default route, then others, some of which are not active. */
export function routeRow(dialect: Dialect, key: number, index: number): Row {
  const own = mix(derive(key, 'route'), index);
  const active = isActive(own, index);
  const to = index === 0 ? '0.0.0.0/0' : `${20 + (index >>> 16)}.${(index >>> 8) & 255}.${index & 255}.0/24`;
  const row: Property[] = [
    ['.id', `*${(0x4000_0000 + index).toString(16).toUpperCase()}`],
    ['dst-address', to],
    ['gateway', `10.10.${own % 6}.2`],
  ];
  if (dialect.major === 6) row.push(['gateway-status', `10.10.${own % 6}.2 reachable via ether1`]);
  else row.push(['immediate-gw', `10.10.${own % 6}.2%ether1`], ['routing-table', 'main']);
  row.push(['distance', index < 2 ? '1' : '20'], ['scope', index < 2 ? '30' : '40'], ['target-scope', '10']);
  // Absent means false.
  if (active) row.push(['active', 'true']);
  row.push(['dynamic', flagText(index > 1)], ['static', flagText(index <= 1)], ['disabled', 'false']);
  if (index > 1) row.push(['bgp', 'true']);
  return row;
}

/** One row of /ip/firewall/connection/print. */
export function connectionRow(key: number, index: number, atMs: number): Row {
  const own = mix(derive(key, 'connection'), index);
  const tcp = unit(own) < 0.7;
  const bytes = (own % 90_000) * 17;
  const source = `172.20.${10 + (own % 4)}.${2 + (own % 240)}:${1024 + (own % 60_000)}`;
  const target = `203.0.113.${1 + ((own >>> 8) % 250)}:${tcp ? 443 : 53}`;
  const row: Property[] = [
    ['.id', `*${(index + 1).toString(16).toUpperCase()}`],
    ['protocol', tcp ? 'tcp' : 'udp'],
    ['src-address', source],
    ['dst-address', target],
    ['reply-src-address', target],
    ['reply-dst-address', source],
  ];
  if (tcp) row.push(['tcp-state', 'established']);
  row.push(
    ['timeout', durationText(10_000 + ((atMs + own) % 120_000))],
    ['orig-packets', String(Math.floor(bytes / 700))],
    ['orig-bytes', String(bytes)],
    ['repl-packets', String(Math.floor(bytes / 90))],
    ['repl-bytes', String(bytes * 9)],
    ['orig-rate', '0'],
    ['repl-rate', '0'],
    ['expected', 'false'],
    ['seen-reply', 'true'],
    ['assured', flagText(tcp)],
    ['confirmed', 'true'],
    ['dying', 'false'],
    ['fasttrack', flagText(unit(derive(own, 'fast')) < 0.6)],
    ['srcnat', 'true'],
    ['dstnat', 'false'],
  );
  return row;
}

/** One row of /ip/arp/print: an address that did not answer has no MAC. */
export function arpRow(dialect: Dialect, key: number, index: number): Row {
  const own = mix(derive(key, 'arp'), index);
  const complete = unit(own) < 0.92;
  const row: Property[] = [
    ['.id', `*${(index + 1).toString(16).toUpperCase()}`],
    ['address', `172.20.${10 + Math.floor(index / 250)}.${2 + (index % 250)}`],
  ];
  if (complete) row.push(['mac-address', macText(0x0e * 2 ** 40 + (own >>> 8) * 2 ** 16 + (index & 0xffff))]);
  row.push(
    ['interface', 'bridge'],
    ['published', 'false'],
    ['invalid', 'false'],
    ['DHCP', flagText(complete && index % 3 > 0)],
    ['dynamic', 'true'],
    ['complete', flagText(complete)],
    ['disabled', 'false'],
  );
  if (dialect.major === 7) row.push(['status', complete ? 'reachable' : 'failed']);
  return row;
}
