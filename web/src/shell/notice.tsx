import type { ComponentChildren, JSX } from 'preact';
import type { ApiError } from '../api/client.ts';
import { formatAge } from '../format/duration.ts';
import { formatClock } from '../format/time.ts';
import { useViewer } from '../viewer.ts';

/** What is known, since when, and what to try: for something that cannot be shown as it should be. */
export function Notice({
  error,
  sinceMs,
  asOfMs,
}: {
  error: ApiError;
  sinceMs: number | null;
  asOfMs: number | null;
}): JSX.Element {
  const { clock } = useViewer();
  void clock.now.value;
  return (
    <p class="notice" role="status">
      <b>{error.message}</b>
      {error.passing && sinceMs !== null && ` since ${formatClock(sinceMs)} (${formatAge(Date.now() - sinceMs)})`}
      {asOfMs !== null && `. What is shown is from ${formatClock(asOfMs)}`}. {error.hint}
    </p>
  );
}

/** Under the top bar while the live feed is lost, after a moment's grace. */
export function FeedNotice(): JSX.Element | null {
  const { feed, clock, live, newestMs: newest } = useViewer();
  const sinceMs = feed.lostSinceMs.value;
  if (sinceMs === null || !live.value || clock.now.value - sinceMs < 3000) return null;
  const newestMs = newest.value;
  return (
    <p class="notice" role="status">
      <b>The live feed is lost</b> since {formatClock(sinceMs)} ({formatAge(clock.now.value - sinceMs)}).{' '}
      {newestMs === null ? 'Nothing newer is known.' : `The newest sample is from ${formatClock(newestMs)}.`} It is tried again by
      itself; if it stays so, check that the hub runs and that{' '}
      <a href="/readyz" target="_blank" rel="noreferrer">
        /readyz
      </a>{' '}
      answers, then reload the page.
    </p>
  );
}

/** Empty space that says why it is empty. */
export function Empty({ children }: { children: ComponentChildren }): JSX.Element {
  return <p class="empty muted">{children}</p>;
}
