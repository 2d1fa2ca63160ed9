import type { JSX } from 'preact';
import { formatDuration } from '../format/duration.ts';
import { formatMoment } from '../format/time.ts';
import { PRESET_NAMES, stepRange } from '../range.ts';
import { useViewer } from '../viewer.ts';

/** The period that graphs show: presets that end now, and steps back and forth. */
export function RangePicker(): JSX.Element {
  const viewer = useViewer();
  const range = viewer.range.value;
  const step = (direction: -1 | 1): void => viewer.setRange(stepRange(range, direction, viewer.clock.nowMs()), { push: true });
  return (
    <div class="range" role="group" aria-label="Range">
      <button type="button" title="One range back ([)" aria-label="One range back" onClick={() => step(-1)}>
        ‹
      </button>
      {PRESET_NAMES.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={range.kind === 'last' && range.name === name}
          onClick={() => viewer.setRange({ kind: 'last', name }, { push: true })}
        >
          {name}
        </button>
      ))}
      {range.kind === 'between' && (
        <span class="fixed" title={`${new Date(range.fromMs).toISOString()} to ${new Date(range.toMs).toISOString()}`}>
          {formatMoment(range.fromMs, viewer.clock.nowMs())} · {formatDuration(range.toMs - range.fromMs)}
        </span>
      )}
      <button
        type="button"
        title="One range forth (])"
        aria-label="One range forth"
        disabled={range.kind === 'last'}
        onClick={() => step(1)}
      >
        ›
      </button>
    </div>
  );
}
