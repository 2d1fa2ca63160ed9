import type { JSX } from 'preact';
import { formatAge } from '../format/duration.ts';
import { formatClock, formatIso } from '../format/time.ts';
import { useViewer } from '../viewer.ts';

/** Says whether the page follows the present, and how old its newest sample is. */
export function LiveSwitch(): JSX.Element {
  const viewer = useViewer();
  const { feed, live, clock } = viewer;
  const newestMs = viewer.newestMs.value;
  const lost = live.value && feed.status.value === 'lost';
  const word = !live.value ? 'paused' : lost ? 'lost' : 'live';
  const title = newestMs === null ? 'No sample yet' : `Newest sample ${formatClock(newestMs)} (${formatIso(newestMs)})`;
  return (
    <button
      type="button"
      role="switch"
      aria-checked={live.value}
      class={`live ${word}`}
      title={`${title}. Switch with l`}
      onClick={viewer.toggleLive}
    >
      <i aria-hidden="true" />
      {word}
      <span class="age" data-testid="live-age">
        {newestMs === null ? '–' : formatAge(clock.now.value - newestMs)}
      </span>
    </button>
  );
}
