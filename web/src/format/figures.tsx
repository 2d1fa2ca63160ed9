import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useViewer } from '../viewer.ts';
import { formatAge } from './duration.ts';
import { NOT_KNOWN, splitRate } from './rate.ts';
import { formatIso, formatMoment } from './time.ts';

const BLINK: Keyframe[] = [{ backgroundColor: 'var(--blink)' }, { backgroundColor: 'transparent' }];

/** Text that blinks once, softly, when it changes; still for those who asked for less motion. */
export function Changing({ text, class: name }: { text: string; class?: string }): JSX.Element {
  const element = useRef<HTMLSpanElement>(null);
  const before = useRef(text);
  useLayoutEffect(() => {
    if (before.current === text) return;
    before.current = text;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    element.current?.animate(BLINK, { duration: 900, easing: 'ease-out' });
  }, [text]);
  return (
    <span ref={element} class={name}>
      {text}
    </span>
  );
}

/** A rate whose unit has a column of its own, so that figures line up. */
export function Rate({ bps }: { bps: number | null }): JSX.Element {
  if (bps === null) return <span class="rate none">{NOT_KNOWN}</span>;
  const { value, unit } = splitRate(bps);
  return (
    <span class={bps === 0 ? 'rate zero' : 'rate'}>
      <Changing text={value} /> <span class="unit">{unit}</span>
    </span>
  );
}

/** How long ago a moment of the hub's clock was; counts by itself. */
export function Age({ ms }: { ms: number | null }): JSX.Element {
  const { clock } = useViewer();
  return <time title={formatIso(ms)}>{ms === null ? NOT_KNOWN : formatAge(clock.now.value - ms)}</time>;
}

/** A moment in the browser's zone, ISO on hover. */
export function Moment({ ms }: { ms: number | null }): JSX.Element {
  const { clock } = useViewer();
  return <time title={formatIso(ms)}>{formatMoment(ms, clock.nowMs())}</time>;
}
