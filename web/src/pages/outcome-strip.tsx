import type { PollStrip } from '@poplar/hub/api/schemas';
import type { JSX } from 'preact';
import { formatDuration } from '../format/duration.ts';
import { formatClock, formatMoment } from '../format/time.ts';
import { formatCount } from '../format/volume.ts';
import type { Period } from '../range.ts';

/** How the polls of the range ended, as a strip: low is answered, full height is failed, empty is no poll. */
export function OutcomeStrip({ strip, period }: { strip: PollStrip; period: Period }): JSX.Element {
  const length = period.toMs - period.fromMs;
  const outcomes = new Map<string, number>();
  let ok = 0;
  let failed = 0;
  for (const bucket of strip.buckets) {
    ok += bucket.ok;
    failed += bucket.failed;
    if (bucket.failed > 0) outcomes.set(bucket.outcome, (outcomes.get(bucket.outcome) ?? 0) + bucket.failed);
  }
  const causes = [...outcomes].sort(([, left], [, right]) => right - left).map(([outcome]) => outcome);
  const words = `${formatCount(ok)} polls answered, ${failed === 0 ? 'none' : formatCount(failed)} failed${causes.length > 0 ? ` (${causes.join(', ')})` : ''}`;
  return (
    <div class="outcomes">
      <svg viewBox="0 0 1000 16" preserveAspectRatio="none" role="img" aria-label={words}>
        {strip.buckets.map((bucket) => {
          const from = Math.max(0, ((bucket.ts_ms - period.fromMs) / length) * 1000);
          const to = Math.min(1000, ((bucket.ts_ms + strip.step_ms - period.fromMs) / length) * 1000);
          if (to <= from) return null;
          const share = bucket.failed / Math.max(1, bucket.ok + bucket.failed);
          const width = Math.max(0.5, (to - from) * 0.86);
          return (
            <g key={bucket.ts_ms}>
              <title>
                {formatClock(bucket.ts_ms)}, {formatDuration(strip.step_ms)}: {bucket.ok} answered, {bucket.failed} failed
                {bucket.outcome === 'ok' ? '' : ` (${bucket.outcome})`}
              </title>
              <rect class="whole" x={from} y="0" width={to - from} height="16" />
              {bucket.ok > 0 && (
                <rect class={bucket.outcome === 'partial' ? 'partial' : 'ok'} x={from} y="10" width={width} height="6" />
              )}
              {bucket.failed > 0 && (
                <rect
                  class="failed"
                  x={from}
                  y={10 - 10 * Math.max(0.4, share)}
                  width={width}
                  height={bucket.ok > 0 ? 10 * Math.max(0.4, share) : 16}
                />
              )}
            </g>
          );
        })}
      </svg>
      <p class="muted">
        <time>{formatMoment(period.fromMs, period.toMs)}</time>
        <span>{words}</span>
        <time>{formatMoment(period.toMs, period.toMs)}</time>
      </p>
    </div>
  );
}
