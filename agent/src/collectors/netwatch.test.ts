import { describe, expect, it } from 'vitest';
import { netwatchCollector } from './netwatch.ts';
import { collectWritten } from './testing.ts';

type Attributes = Readonly<Record<string, string>>;

function hosts(...rows: Attributes[]) {
  const gathering = collectWritten(netwatchCollector, { '/tool/netwatch': rows });
  const { parseErrors, collapsedRows, unreadable } = gathering;
  return { rows: gathering.rows.netwatchHosts, parseErrors, collapsedRows, unreadable: Object.fromEntries(unreadable) };
}

const NOT_SAID = {
  disabled: undefined,
  intervalMs: undefined,
  doneTests: undefined,
  failedTests: undefined,
  lossPct: undefined,
  rttAvgUs: undefined,
  rttMinUs: undefined,
  rttMaxUs: undefined,
  rttJitterUs: undefined,
  rttStdevUs: undefined,
  tcpConnectUs: undefined,
  httpStatus: undefined,
};

describe('the netwatch collector', () => {
  it('reads a host of RouterOS 6, of which it says no type', () => {
    expect(hosts({ host: '192.0.2.1', status: 'up', since: 'oct/04/2017 20:11:03' })).toEqual({
      rows: [
        {
          ...NOT_SAID,
          host: '192.0.2.1',
          type: '',
          name: '',
          comment: '',
          status: 'up',
          since: 'oct/04/2017 20:11:03',
        },
      ],
      parseErrors: 0,
      collapsedRows: 0,
      unreadable: {},
    });
  });

  it('reads the round trips of a probe in microseconds', () => {
    const { rows, parseErrors } = hosts({
      host: '192.0.2.1',
      name: 'gateway',
      type: 'icmp',
      comment: 'uplink',
      status: 'up',
      since: '2024-10-10 14:03:32',
      disabled: 'false',
      interval: '10s',
      'done-tests': '1433',
      'failed-tests': '0',
      'loss-percent': '10.5',
      'rtt-avg': '690ms',
      'rtt-min': '4ms500us',
      'rtt-max': '1s30ms',
      'rtt-jitter': '0ms',
      'rtt-stdev': '207us',
    });
    expect(parseErrors).toBe(0);
    expect(rows).toEqual([
      {
        ...NOT_SAID,
        host: '192.0.2.1',
        type: 'icmp',
        name: 'gateway',
        comment: 'uplink',
        status: 'up',
        since: '2024-10-10 14:03:32',
        disabled: 0,
        intervalMs: 10_000,
        doneTests: 1433,
        failedTests: 0,
        lossPct: 10.5,
        rttAvgUs: 690_000,
        rttMinUs: 4500,
        rttMaxUs: 1_030_000,
        rttJitterUs: 0,
        rttStdevUs: 207,
      },
    ]);
  });

  it('reads what a request to a server found', () => {
    const { rows } = hosts({ host: '192.0.2.1', type: 'http-get', 'tcp-connect-time': '12ms1us', 'http-status-code': '301' });
    expect(rows).toMatchObject([{ tcpConnectUs: 12_001, httpStatus: 301, status: '', lossPct: undefined }]);
  });

  it('keeps a host once per type and name, and drops a row without one', () => {
    const { rows, collapsedRows, unreadable } = hosts(
      { host: '192.0.2.1', type: 'icmp', name: 'a', status: 'up' },
      { host: '192.0.2.1', type: 'icmp', name: 'a', status: 'down' },
      { host: '192.0.2.1', type: 'icmp', name: 'b' },
      { host: '192.0.2.1', type: 'simple', name: 'a' },
      { type: 'icmp', name: 'a' },
    );
    expect(rows.map(({ type, name, status }) => [type, name, status])).toEqual([
      ['icmp', 'a', 'up'],
      ['icmp', 'b', ''],
      ['simple', 'a', ''],
    ]);
    expect(collapsedRows).toBe(1);
    expect(unreadable).toEqual({ host: 1 });
  });

  it('counts what it cannot read', () => {
    const { rows, unreadable } = hosts({ host: '192.0.2.1', 'rtt-avg': 'fast', 'loss-percent': '101', 'http-status-code': 'OK' });
    expect(rows).toMatchObject([{ rttAvgUs: undefined, lossPct: undefined, httpStatus: undefined }]);
    expect(unreadable).toEqual({ 'rtt-avg': 1, 'loss-percent': 1, 'http-status-code': 1 });
  });
});
