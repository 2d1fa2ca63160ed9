import type { InterfaceSeries, PollStrip, SeriesSummary } from '@poplar/hub/api/schemas';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { formatDuration } from '../format/duration.ts';
import { formatRate, NOT_KNOWN } from '../format/rate.ts';
import { formatClock, formatIso, formatMoment, zoneName } from '../format/time.ts';
import { formatBytes } from '../format/volume.ts';
import { patchedUrl } from '../location.ts';
import { periodOf, rangeParams, zoomTo } from '../range.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Notice } from '../shell/notice.tsx';
import { downloadText, fileName } from '../table/download.ts';
import { useWidth } from '../table/width.ts';
import { useViewer } from '../viewer.ts';
import { gapAt, gapCause, gapsLength } from './gaps.ts';
import { mirrorSeries } from './mirror.ts';
import type { Plot } from './plot.ts';
import { seriesCsv } from './series-csv.ts';

const HEIGHT_PX = 248;
const NARROW_HEIGHT_PX = 200;
const NARROW_PX = 480;
/** About two pixels a point. */
const POINTS = 600;
const NARROW_POINTS = 240;

interface Cursor {
  readonly ms: number;
  readonly index: number | null;
}

/** The figures under the cursor, or the newest ones; over a gap, why it is one. */
function Readout({
  series,
  strip,
  cursor,
  newestMs,
}: {
  series: InterfaceSeries;
  strip: PollStrip | null;
  cursor: Cursor | null;
  newestMs: number | null;
}): JSX.Element {
  const gap = cursor === null ? null : gapAt(series.gaps, cursor.ms);
  if (gap !== null) {
    const cause = gapCause(gap, strip);
    return (
      <p class="readout">
        <time>{formatClock(cursor?.ms ?? null)}</time>
        <span>
          no samples from {formatClock(gap.from_ms)} to {formatClock(gap.to_ms)} ({formatDuration(gap.to_ms - gap.from_ms)})
          {cause !== '' && `: ${cause}`}
        </span>
      </p>
    );
  }
  const ms = cursor === null ? newestMs : cursor.ms;
  const index = ms === null ? -1 : series.ts_ms.findLastIndex((start) => start <= ms);
  const start = series.ts_ms[index] ?? null;
  const rx = series.rx_bps[index] ?? null;
  const tx = series.tx_bps[index] ?? null;
  const peak = (bps: number | null | undefined, average: number | null): string =>
    bps === null || bps === undefined || average === null || bps <= average * 1.005 ? '' : ` (peak ${formatRate(bps)})`;
  const reset = start === null ? undefined : series.resets.find((at) => at >= start && at < start + series.step_ms);
  return (
    <p class="readout">
      <time title={formatIso(start)}>{start === null ? NOT_KNOWN : formatMoment(start, series.to_ms)}</time>
      <span class="in">
        ▲ in <b>{formatRate(rx)}</b>
        {peak(series.rx_max_bps[index], rx)}
      </span>
      <span class="out">
        ▼ out <b>{formatRate(tx)}</b>
        {peak(series.tx_max_bps[index], tx)}
      </span>
      {reset !== undefined && <span>counters went backwards: the step is left out</span>}
    </p>
  );
}

const SUMMARY_ROWS: readonly (readonly [string, (summary: SeriesSummary) => string, string])[] = [
  ['Minimum', (summary) => formatRate(summary.min_bps), 'Lowest rate between two polls'],
  ['Average', (summary) => formatRate(summary.avg_bps), 'All bytes over the covered time'],
  ['Maximum', (summary) => formatRate(summary.max_bps), 'Highest rate between two polls'],
  ['Last', (summary) => formatRate(summary.last_bps), 'Newest rate'],
  ['95th', (summary) => formatRate(summary.p95_bps), 'The rate not exceeded during 95 % of the covered time'],
  ['Total', (summary) => formatBytes(summary.total_bytes), 'All bytes of the range'],
];

function Summary({ summary }: { summary: InterfaceSeries['summary'] }): JSX.Element {
  return (
    <table class="summary">
      <thead>
        <tr>
          <th aria-label="Figure" />
          <th class="right in">▲ In</th>
          <th class="right out">▼ Out</th>
        </tr>
      </thead>
      <tbody>
        {SUMMARY_ROWS.map(([name, show, title]) => (
          <tr key={name} title={title}>
            <th scope="row">{name}</th>
            <td class="right">{show(summary.rx)}</td>
            <td class="right">{show(summary.tx)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function count(many: number, one: string, several: string): string {
  return `${many} ${many === 1 ? one : several}`;
}

/** What was measured and how: resolution, gaps, resets, zone. */
function Footing({ series, newestMs }: { series: InterfaceSeries; newestMs: number | null }): JSX.Element {
  return (
    <p class="footing muted">
      <span>resolution {formatDuration(series.step_ms)}</span>
      <span data-testid="graph-newest-ms" data-newest-ms={newestMs ?? ''} title={formatIso(newestMs)}>
        newest {formatClock(newestMs)}
      </span>
      {series.gaps.length > 0 && (
        <span>
          {count(series.gaps.length, 'gap', 'gaps')}, {formatDuration(gapsLength(series.gaps))} <i class="key hatched" />
        </span>
      )}
      {series.resets.length > 0 && (
        <span>
          {count(series.resets.length, 'counter reset', 'counter resets')} <i class="key reset">▾</i>
        </span>
      )}
      <span>bit/s, times in {zoneName(series.to_ms)}</span>
      <span class="hint">drag to zoom, double-click back</span>
    </p>
  );
}

interface PortGraphProps {
  readonly site: string;
  readonly router: string;
  readonly port: string;
  /** Changes when a newer sample can be had. */
  readonly refresh: unknown;
  readonly strip: PollStrip | null;
}

/** A port's traffic over the range: mirrored, with percentile, summary, gaps and resets. */
export function PortGraph({ site, router, port, refresh, strip }: PortGraphProps): JSX.Element {
  const viewer = useViewer();
  const range = viewer.range.value;
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const widthPx = useWidth(holder);
  const narrow = widthPx > 0 && widthPx < NARROW_PX;
  const heightPx = narrow ? NARROW_HEIGHT_PX : HEIGHT_PX;
  const points = narrow ? NARROW_POINTS : POINTS;
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const [showSql, setShowSql] = useState(false);
  const [ready, setReady] = useState(false);

  const { data, readAtMs, error, failingSinceMs } = useReading(
    `${site}\n${router}\n${port}`,
    (signal) => viewer.api.series(site, router, port, periodOf(viewer.range.value, viewer.clock.nowMs()), points, signal),
    `${JSON.stringify(range)} ${points} ${String(refresh)}`,
  );
  const newestMs = useMemo(() => (data === null ? null : mirrorSeries(data).newestMs), [data]);

  useEffect(() => {
    let closed = false;
    void import('./plot.ts').then(({ createPlot }) => {
      if (closed || holder.current === null) return;
      plot.current = createPlot(holder.current, holder.current.clientWidth, heightPx, {
        onCursor: setCursor,
        onZoom: (fromMs, toMs) => viewer.setRange(zoomTo(fromMs, toMs), { push: true }),
        onBack: () => viewer.place.setQuery({ from: null, to: null, live: null }, { push: true }),
      });
      setReady(true);
    });
    return () => {
      closed = true;
      plot.current?.destroy();
      plot.current = null;
    };
  }, [viewer]);
  useEffect(() => {
    if (data !== null) plot.current?.show(data);
  }, [data, ready]);
  useEffect(() => {
    if (widthPx > 0) plot.current?.resize(widthPx, heightPx);
  }, [widthPx, heightPx, ready]);
  const shownTheme = viewer.theme.shown.value;
  useEffect(() => plot.current?.recolour(), [shownTheme]);

  const period = data === null ? periodOf(range, viewer.clock.nowMs()) : { fromMs: data.from_ms, toMs: data.to_ms };
  const link = (): string =>
    patchedUrl(viewer.place.url.value, { ...rangeParams({ kind: 'between', ...period }), range: null, port, live: null }).href;
  return (
    <div class="graph">
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      <div class="graph-head">
        {data !== null && <Readout series={data} strip={strip} cursor={cursor} newestMs={newestMs} />}
        <div class="actions">
          <button
            type="button"
            disabled={data === null}
            onClick={() =>
              data !== null && downloadText(fileName(`${site}-${router}-${port}`, Date.now(), 'csv'), 'text/csv', seriesCsv(data))
            }
          >
            CSV
          </button>
          <CopyButton name="link" text={link} />
          <button type="button" aria-pressed={showSql} disabled={data === null} onClick={() => setShowSql(!showSql)}>
            as SQL
          </button>
          <a href={API.series(site, router, port, period, points)} target="_blank" rel="noreferrer">
            as JSON
          </a>
        </div>
      </div>
      <div class="graph-body">
        <div
          ref={holder}
          class="canvas"
          data-testid="port-graph"
          role="img"
          aria-label={`Traffic of ${port}: in upward, out downward`}
          style={{ height: `${heightPx}px` }}
        />
        {data !== null && <Summary summary={data.summary} />}
      </div>
      {data !== null && <Footing series={data} newestMs={newestMs} />}
      {showSql && data !== null && (
        <div class="sql">
          <CopyButton name="copy" text={() => data.sql} />
          <pre>{data.sql}</pre>
        </div>
      )}
    </div>
  );
}
