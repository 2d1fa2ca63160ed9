import { elementScroll, observeElementOffset, observeElementRect, type VirtualItem, Virtualizer } from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useReducer, useState } from 'preact/hooks';

/** The rows to draw of a long list. */
export interface VirtualRows {
  readonly items: readonly VirtualItem[];
  readonly heightPx: number;
}

/** Draws only the rows in sight of a scrolling element, and a few around them for the keyboard to walk into. */
export function useVirtualRows(scroller: RefObject<HTMLElement | null>, count: number, rowPx: number): VirtualRows {
  const [, redraw] = useReducer((drawn: number) => drawn + 1, 0);
  const options = {
    count,
    getScrollElement: (): HTMLElement | null => scroller.current,
    estimateSize: (): number => rowPx,
    overscan: 12,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: (): void => redraw(undefined),
  };
  const [virtualizer] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(options));
  virtualizer.setOptions(options);
  // The underscore is how virtual-core names what an adapter of a framework, as this is, has to call.
  // The library names the calls that an adapter for a framework has to make with an underscore.
  // oxlint-disable-next-line no-underscore-dangle
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  // oxlint-disable-next-line no-underscore-dangle
  useLayoutEffect(() => virtualizer._willUpdate());
  useLayoutEffect(() => virtualizer.measure(), [rowPx, virtualizer]);
  return { items: virtualizer.getVirtualItems(), heightPx: virtualizer.getTotalSize() };
}
