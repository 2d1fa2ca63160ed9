import type { JSX } from 'preact';

const WIDTH = 72;
const HEIGHT = 16;

/** A small line of values over time, from its least to its greatest; nothing for less than two. */
export function Spark({ points }: { points: readonly (readonly [atMs: number, value: number])[] }): JSX.Element | null {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || last[0] === first[0]) return null;
  const values = points.map(([, value]) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const at = ([ms, value]: readonly [number, number]): string => {
    const x = ((ms - first[0]) / (last[0] - first[0])) * (WIDTH - 2) + 1;
    const share = most === least ? 0.5 : (value - least) / (most - least);
    return `${x.toFixed(1)} ${(HEIGHT - 2 - share * (HEIGHT - 4)).toFixed(1)}`;
  };
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={`M${points.map(at).join('L')}`} />
    </svg>
  );
}
