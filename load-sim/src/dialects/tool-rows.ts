/** The replies of /tool/netwatch and of /system/script, by version. */
import { derive, mix, unit, wholeBetween } from '../traffic/random.ts';
import { stayAt } from '../traffic/stays.ts';
import { swing } from '../traffic/wave.ts';
import type { Dialect } from './dialect.ts';
import { dateText, durationText, finestDurationText, type Property, type Row } from './forms.ts';

const HOUR_MS = 3_600_000;
const INTERVAL_MS = 60_000;

type ProbeType = 'simple' | 'icmp' | 'tcp-conn' | 'http-get';
const PROBES: readonly ProbeType[] = ['simple', 'tcp-conn', 'icmp', 'http-get'];

/** What the last test of a watched host found; times in whole microseconds. */
export type ProbeState =
  | { readonly type: 'icmp'; readonly lossPct: number; readonly rttUs: Readonly<Record<RoundTrip, number>> }
  | { readonly type: 'tcp-conn'; readonly connectUs: number }
  | { readonly type: 'http-get'; readonly connectUs: number; readonly status: number };

type RoundTrip = 'avg' | 'min' | 'max' | 'jitter' | 'stdev';

/** A watched host at one time. */
export interface WatchedHost {
  readonly name: string;
  readonly type: ProbeType;
  readonly host: string;
  readonly comment: string;
  readonly status: 'up' | 'down' | 'unknown';
  /** Undefined unless it is up. */
  readonly upSinceMs: number | undefined;
  readonly intervalMs: number;
  readonly doneTests: number;
  readonly failedTests: number;
  /** Undefined where the last test found nothing out. */
  readonly probe: ProbeState | undefined;
}

/** Watched host number `index` of a router that booted at `bootMs`. */
export function watchedHostAt(key: number, index: number, bootMs: number, atMs: number): WatchedHost {
  const own = mix(derive(key, 'netwatch'), index);
  const stay = stayAt(own, atMs, 4 * HOUR_MS, 90 * HOUR_MS, 0.97);
  const checkedMs = bootMs + INTERVAL_MS;
  const status = atMs < checkedMs ? 'unknown' : stay === undefined ? 'down' : 'up';
  const type = PROBES[index % PROBES.length] ?? 'simple';
  const doneTests = Math.max(0, Math.floor((atMs - bootMs) / INTERVAL_MS));
  return {
    name: `watch-${index + 1}`,
    type,
    host: `198.51.100.${1 + index * 50 + (own % 50)}`,
    comment: index === 0 ? 'gateway' : '',
    status,
    upSinceMs: status === 'up' ? Math.max(stay?.startMs ?? 0, checkedMs) : undefined,
    intervalMs: INTERVAL_MS,
    doneTests,
    failedTests: Math.floor(doneTests * 0.03),
    probe: status === 'up' ? probeAt(type, own, atMs) : undefined,
  };
}

/** The state of the latest minute's test. */
function probeAt(type: ProbeType, key: number, atMs: number): ProbeState | undefined {
  const testMs = atMs - (atMs % INTERVAL_MS);
  const average = Math.round(1000 * swing(derive(key, 'rtt'), testMs, wholeBetween(derive(key, 'rtt mid'), 4, 60), 2));
  switch (type) {
    case 'simple':
      return undefined;
    case 'icmp': {
      const rttUs = { avg: average, min: Math.max(0, average - 1400), max: average + 1_003_100, jitter: 4500, stdev: 1207 };
      return { type, lossPct: testMs % (7 * INTERVAL_MS) === 0 ? 10.5 : 0, rttUs };
    }
    case 'tcp-conn':
      return { type, connectUs: average + 250 };
    case 'http-get':
      return { type, connectUs: average + 1000 - (average % 1000), status: unit(derive(key, 'page')) < 0.8 ? 200 : 301 };
  }
}

/** The row of /tool/netwatch/print; v6 knows no more than the status. The router's clock is wrong by `clockMs`. */
export function netwatchRow(dialect: Dialect, index: number, watched: WatchedHost, clockMs: number): Row {
  const { status, upSinceMs, comment, probe } = watched;
  const row: Property[] = [['.id', `*${(index + 1).toString(16).toUpperCase()}`]];
  if (dialect.major === 7) row.push(['name', watched.name], ['type', watched.type]);
  row.push(['host', watched.host], ['status', status], ['interval', durationText(watched.intervalMs)], ['timeout', '1s']);
  if (upSinceMs !== undefined) row.push(['since', dateText(dialect, upSinceMs + clockMs)]);
  if (dialect.major === 7 && status !== 'unknown') {
    row.push(['done-tests', String(watched.doneTests)], ['failed-tests', String(watched.failedTests)]);
    if (probe !== undefined) row.push(...probeProperties(probe));
  }
  row.push(['disabled', 'false']);
  if (comment !== '') row.push(['comment', comment]);
  return row;
}

const ROUND_TRIPS: readonly RoundTrip[] = ['avg', 'min', 'max', 'jitter', 'stdev'];

function probeProperties(probe: ProbeState): Property[] {
  switch (probe.type) {
    case 'icmp':
      return [
        ['loss-percent', String(probe.lossPct)],
        ...ROUND_TRIPS.map((name): Property => [`rtt-${name}`, finestDurationText(probe.rttUs[name])]),
      ];
    case 'tcp-conn':
      return [['tcp-connect-time', finestDurationText(probe.connectUs)]];
    case 'http-get':
      return [
        ['tcp-connect-time', finestDurationText(probe.connectUs)],
        ['http-status-code', String(probe.status)],
      ];
  }
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
