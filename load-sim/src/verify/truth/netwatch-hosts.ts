import { dateText } from '../../dialects/forms.ts';
import type { WatchedHost } from '../../dialects/tool-rows.ts';
import { watchedHostsAt } from '../../routers/menus/system.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, flagValue, type TableTruth } from './table-truth.ts';

export const NETWATCH_HOSTS: TableTruth = {
  menus: [
    {
      path: '/tool/netwatch',
      rows: (model, atMs) =>
        new Map(
          watchedHostsAt(model, atMs).map((watched) => [
            model.dialect.major === 6 ? `${watched.host}  ` : `${watched.host} ${watched.type} ${watched.name}`,
            watchedValues(model, watched, atMs),
          ]),
        ),
    },
  ],
  object: "concat(host, ' ', type, ' ', name)",
  columns: [
    'comment',
    'status',
    'since',
    'disabled',
    'interval_ms',
    'done_tests',
    'failed_tests',
    'loss_pct',
    'rtt_avg_us',
    'rtt_min_us',
    'rtt_max_us',
    'rtt_jitter_us',
    'rtt_stdev_us',
    'tcp_connect_us',
    'http_status',
  ],
  countColumn: 'netwatch_host_rows',
};

function watchedValues({ dialect, clock }: RouterModel, watched: WatchedHost, atMs: number): ExpectedRow {
  const { status, upSinceMs } = watched;
  const tells = dialect.major === 7 && status !== 'unknown';
  const probe = tells ? watched.probe : undefined;
  const rtt = probe?.type === 'icmp' ? probe.rttUs : undefined;
  const text = (value: number | undefined): string | null => (value === undefined ? null : String(value));
  return [
    watched.comment,
    status,
    upSinceMs === undefined ? '' : dateText(dialect, upSinceMs + clock.localShiftMs(atMs)),
    flagValue(false),
    String(watched.intervalMs),
    tells ? String(watched.doneTests) : null,
    tells ? String(watched.failedTests) : null,
    probe?.type === 'icmp' ? String(probe.lossPct) : null,
    text(rtt?.avg),
    text(rtt?.min),
    text(rtt?.max),
    text(rtt?.jitter),
    text(rtt?.stdev),
    probe?.type === 'tcp-conn' || probe?.type === 'http-get' ? String(probe.connectUs) : null,
    probe?.type === 'http-get' ? String(probe.status) : null,
  ];
}
