/** The replies of /tool/netwatch and of /system/script, by version. */
import { derive, mix, wholeBetween } from '../traffic/random.ts';
import { stayAt } from '../traffic/stays.ts';
import { swing } from '../traffic/wave.ts';
import type { Dialect } from './dialect.ts';
import { dateText, fineDurationText, type Property, type Row } from './forms.ts';

const HOUR_MS = 3_600_000;
const INTERVAL_MS = 60_000;

/** A watched host; v6 knows no more than its status. The router's clock is wrong by `clockMs`. */
export function netwatchRow(dialect: Dialect, key: number, index: number, bootMs: number, atMs: number, clockMs = 0): Row {
  const own = mix(derive(key, 'netwatch'), index);
  const stay = stayAt(own, atMs, 4 * HOUR_MS, 90 * HOUR_MS, 0.97);
  const checkedMs = bootMs + INTERVAL_MS;
  const status = atMs < checkedMs ? 'unknown' : stay === undefined ? 'down' : 'up';
  const row: Property[] = [['.id', `*${(index + 1).toString(16).toUpperCase()}`]];
  if (dialect.major === 7) row.push(['name', `watch-${index + 1}`], ['type', index % 3 === 2 ? 'icmp' : 'simple']);
  row.push(['host', `198.51.100.${1 + (own % 250)}`], ['status', status], ['interval', '1m'], ['timeout', '1s']);
  if (status === 'up') row.push(['since', dateText(dialect, Math.max(stay?.startMs ?? 0, checkedMs) + clockMs)]);
  if (dialect.major === 7 && status !== 'unknown') {
    const tests = Math.floor((atMs - bootMs) / INTERVAL_MS);
    row.push(['done-tests', String(tests)], ['failed-tests', String(Math.floor(tests * 0.03))]);
    if (index % 3 === 2 && status === 'up') row.push(...probeProperties(own, atMs));
  }
  row.push(['disabled', 'false'], ['comment', index === 0 ? 'gateway' : '']);
  return row.filter(([name, value]) => name !== 'comment' || value !== '');
}

function probeProperties(key: number, atMs: number): Property[] {
  const average = swing(derive(key, 'rtt'), atMs, wholeBetween(derive(key, 'rtt mid'), 4, 60), 2);
  const time = (milliseconds: number): string => fineDurationText(Math.max(0, Math.round(milliseconds)));
  return [
    ['loss-percent', '0'],
    ['rtt-avg', time(average)],
    ['rtt-min', time(average - 1.4)],
    ['rtt-max', time(average + 3.1)],
    ['rtt-jitter', time(4.5)],
    ['rtt-stdev', time(1.2)],
  ];
}

const SOURCE_LINE = ':if ([/interface get ether1 running] = false) do={ /log warning "uplink is down" };\r\n';

/** A script whose source takes more than 16 kB, so that the length of its word takes three bytes. */
export function scriptRow(dialect: Dialect, startedMs: number): Row {
  return [
    ['.id', '*1'],
    ['name', 'watch-uplink'],
    ['owner', 'admin'],
    ['policy', 'read,write,test'],
    ['dont-require-permissions', 'false'],
    ['last-started', dateText(dialect, startedMs)],
    ['run-count', '42'],
    ['source', SOURCE_LINE.repeat(Math.ceil(20_000 / SOURCE_LINE.length))],
    ['invalid', 'false'],
  ];
}
