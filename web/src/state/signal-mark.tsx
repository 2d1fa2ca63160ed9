import type { JSX } from 'preact';
import { NOT_KNOWN } from '../format/rate.ts';
import { type SignalBand, signalBand } from './signal-band.ts';

const BARS: Readonly<Record<SignalBand, number>> = { strong: 4, good: 3, weak: 2, bad: 1 };

/** A signal as figure, bars and word: −67 dBm good. */
export function SignalMark({ dbm }: { dbm: number | null }): JSX.Element {
  if (dbm === null) return <span class="none">{NOT_KNOWN}</span>;
  const band = signalBand(dbm);
  return (
    <span class={`signal ${band}`}>
      <span class="dbm">
        {dbm < 0 ? `−${Math.abs(dbm)}` : dbm} <span class="unit">dBm</span>
      </span>
      <svg viewBox="0 0 14 10" width="14" height="10" aria-hidden="true">
        {[0, 1, 2, 3].map((bar) => (
          <rect
            key={bar}
            x={bar * 3.5}
            y={7 - bar * 2.2}
            width="2.4"
            height={3 + bar * 2.2}
            class={bar < BARS[band] ? 'on' : ''}
          />
        ))}
      </svg>
      <span class="word">{band}</span>
    </span>
  );
}
