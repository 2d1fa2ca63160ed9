import type { ComponentChildren, JSX } from 'preact';
import type { ApiError } from '../api/client.ts';
import { formatAge } from '../format/duration.ts';
import { formatClock } from '../format/time.ts';
import { useViewer } from '../viewer.ts';

/** A moment's grace: a stream that breaks is usually back before anyone has read the notice. */
const GRACE_MS = 3000;

/** Since when the hub has been out of reach for longer than the grace; null while it is not. */
function useLostSince(): number | null {
  const { feed, clock, live } = useViewer();
  const sinceMs = feed.lostSinceMs.value;
  return sinceMs !== null && live.value && clock.now.value - sinceMs >= GRACE_MS ? sinceMs : null;
}

interface NoticeProps {
  readonly error: ApiError;
  readonly sinceMs: number | null;
  readonly asOfMs: number | null;
}

/** What is known, since when, and what to try: for something that cannot be shown as it should be. */
export function Notice({ error, sinceMs, asOfMs }: NoticeProps): JSX.Element | null {
  const { clock } = useViewer();
  const lost = useLostSince() !== null;
  // The notice under the top bar says it for the whole page.
  if (lost && error.status === 0) return null;
  return (
    <p class="notice" role="status">
      <b>{error.message}</b>
      {error.passing && sinceMs !== null && ` since ${formatClock(sinceMs)} (${formatAge(clock.now.value - sinceMs)})`}
      {asOfMs !== null && `. What is shown is from ${formatClock(asOfMs)}`}. {error.hint}
    </p>
  );
}

/** Under the top bar while the hub is out of reach. */
export function FeedNotice(): JSX.Element | null {
  const { clock, newestMs: newest } = useViewer();
  const sinceMs = useLostSince();
  if (sinceMs === null) return null;
  const newestMs = newest.value;
  return (
    <p class="notice" role="status">
      <b>No live feed from the hub</b> since {formatClock(sinceMs)} ({formatAge(clock.now.value - sinceMs)});{' '}
      {newestMs === null ? 'no sample is known' : `the newest sample is from ${formatClock(newestMs)}`}. Trying again by itself.
      If it stays so, see that the hub runs and{' '}
      <a href="/readyz" target="_blank" rel="noreferrer">
        /readyz
      </a>{' '}
      answers.
    </p>
  );
}

/** Empty space that says why it is empty. */
export function Empty({ children }: { children: ComponentChildren }): JSX.Element {
  return <p class="empty muted">{children}</p>;
}
