import type { ReplyRow } from '../poller/router-client.ts';
import { type Collector, type Gathering, type Menu, noteUnreadable } from './collector.ts';
import { readText, readValue } from './field-reader.ts';
import { printCommand } from './print-command.ts';
import { parseCounter } from './values/counter.ts';
import { parseDurationMs, parseDurationUs } from './values/duration.ts';
import { parseFlag } from './values/flag.ts';
import type { Parsed } from './values/parsed.ts';
import { parseFractionalPercent, parseSmallCount } from './values/quantity.ts';

const PATH = '/tool/netwatch';

/** The hosts that a router watches itself. RouterOS 6 says no more of one than whether it is up, and since when. */
const menu: Menu = {
  path: PATH,
  words: printCommand(PATH, [
    'host',
    'type',
    'name',
    'comment',
    'status',
    'since',
    'disabled',
    'interval',
    'done-tests',
    'failed-tests',
    'loss-percent',
    'rtt-avg',
    'rtt-min',
    'rtt-max',
    'rtt-jitter',
    'rtt-stdev',
    'tcp-connect-time',
    'http-status-code',
  ]),
  parse(reply, gathering) {
    const seen = new Set<string>();
    for (const row of reply) addHost(row, seen, gathering);
  },
};

function addHost(row: ReplyRow, seen: Set<string>, gathering: Gathering): void {
  const host = readText(row, 'host');
  const type = readText(row, 'type');
  const name = readText(row, 'name');
  if (host === '') {
    noteUnreadable(gathering, 'host');
    return;
  }
  const identity = `${host}\n${type}\n${name}`;
  if (seen.has(identity)) {
    gathering.collapsedRows++;
    return;
  }
  seen.add(identity);
  const time = (attribute: string): Parsed => readValue(row, attribute, parseDurationUs, gathering);
  gathering.rows.netwatchHosts.push({
    host,
    type,
    name,
    comment: readText(row, 'comment'),
    status: readText(row, 'status'),
    since: readText(row, 'since'),
    disabled: readValue(row, 'disabled', parseFlag, gathering),
    intervalMs: readValue(row, 'interval', parseDurationMs, gathering),
    doneTests: readValue(row, 'done-tests', parseCounter, gathering),
    failedTests: readValue(row, 'failed-tests', parseCounter, gathering),
    lossPct: readValue(row, 'loss-percent', parseFractionalPercent, gathering),
    rttAvgUs: time('rtt-avg'),
    rttMinUs: time('rtt-min'),
    rttMaxUs: time('rtt-max'),
    rttJitterUs: time('rtt-jitter'),
    rttStdevUs: time('rtt-stdev'),
    tcpConnectUs: time('tcp-connect-time'),
    httpStatus: readValue(row, 'http-status-code', parseSmallCount, gathering),
  });
}

export const netwatchCollector: Collector = { name: 'netwatch', optional: true, menus: [menu] };
