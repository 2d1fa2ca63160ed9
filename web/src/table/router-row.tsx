import type { RouterSummary } from '@poplar/hub/api/schemas';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Age, Rate } from '../format/figures.tsx';
import { routerPath } from '../routes.ts';
import { StateMark } from '../state/state-mark.tsx';
import { useViewer } from '../viewer.ts';
import type { RouterColumn } from './router-columns.tsx';

function NarrowRow({ router }: { router: RouterSummary }): JSX.Element {
  return (
    <>
      <div role="cell" class="first">
        <StateMark state={router.state} />
        <a class="name" href={routerPath(router.site, router.router)}>
          {router.router}
        </a>
        <span class="muted">{router.site}</span>
      </div>
      <div role="cell" class="second">
        {router.state === 'up' ? (
          <>
            <span>
              ▲ <Rate bps={router.rx_bps} />
            </span>
            <span>
              ▼ <Rate bps={router.tx_bps} />
            </span>
            <span class="muted">{router.board}</span>
          </>
        ) : (
          <span class="problem">
            {router.error === '' ? router.outcome : router.error} · <Age ms={router.since_ms ?? router.polled_at_ms} />
          </span>
        )}
      </div>
    </>
  );
}

interface RouterRowProps {
  readonly router: RouterSummary;
  readonly index: number;
  readonly startPx: number;
  /** Null draws the two lines of a narrow window. */
  readonly columns: readonly RouterColumn[] | null;
}

/** A row; drawn again only when its router, its place or the columns change, which keeps scrolling cheap. */
export function RouterRow({ router, index, startPx, columns }: RouterRowProps): JSX.Element {
  const { place } = useViewer();
  return useMemo(
    () => (
      <div
        class={`row ${router.state}`}
        role="row"
        aria-rowindex={index + 2}
        data-row
        data-testid="routers-row"
        data-router={router.router}
        tabIndex={index === 0 ? 0 : -1}
        style={{ transform: `translateY(${startPx}px)` }}
        onClick={(event) => {
          const onLink = event.target instanceof Element && event.target.closest('a') !== null;
          if (!onLink && getSelection()?.isCollapsed !== false) place.go(routerPath(router.site, router.router));
        }}
      >
        {columns === null ? (
          <NarrowRow router={router} />
        ) : (
          columns.map((column) => (
            <div key={column.id} role="cell" class={column.right ? 'right' : ''}>
              {column.show(router)}
            </div>
          ))
        )}
      </div>
    ),
    [router, index, startPx, columns],
  );
}
