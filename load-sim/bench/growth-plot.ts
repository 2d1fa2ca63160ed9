/** The plot of an agent's growth, as SVG that can be read on a light and on a dark page. */

export interface GrowthPoint {
  readonly routers: number;
  /** Of one core. */
  readonly cpuPct: number;
  readonly rssMb: number;
}

const WIDTH = 720;
const HEIGHT = 320;
const LEFT = 56;
const RIGHT = 64;
const TOP = 24;
const BOTTOM = 48;
const TICKS = 5;
const CPU = '#2f7ed8';
const MEMORY = '#d9822b';

/** Two lines over the number of routers: CPU on the left axis, memory on the right one; both axes start at 0. Pure. */
export function growthPlot(points: readonly GrowthPoint[]): string {
  const most = (value: (point: GrowthPoint) => number): number => niceAbove(Math.max(0, ...points.map(value)));
  const routersMax = most(({ routers }) => routers);
  const cpuMax = most(({ cpuPct }) => cpuPct);
  const rssMax = most(({ rssMb }) => rssMb);
  const x = (routers: number): number => round(LEFT + (routers / routersMax) * (WIDTH - LEFT - RIGHT));
  const y = (share: number): number => round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM));
  const line = (color: string, share: (point: GrowthPoint) => number): string[] => [
    `<polyline fill="none" stroke="${color}" stroke-width="2" points="${points.map((point) => `${x(point.routers)},${y(share(point))}`).join(' ')}"/>`,
    ...points.map((point) => `<circle cx="${x(point.routers)}" cy="${y(share(point))}" r="3" fill="${color}"/>`),
  ];
  const ticks = Array.from({ length: TICKS + 1 }, (_, tick) => tick / TICKS);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#808080">`,
    ...ticks.flatMap((share) => [
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(share)}" y2="${y(share)}" stroke="#808080" stroke-opacity="0.3"/>`,
      `<text x="${LEFT - 8}" y="${y(share) + 4}" text-anchor="end" fill="${CPU}">${round(share * cpuMax)}</text>`,
      `<text x="${WIDTH - RIGHT + 8}" y="${y(share) + 4}" fill="${MEMORY}">${round(share * rssMax)}</text>`,
      `<text x="${x(share * routersMax)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${round(share * routersMax)}</text>`,
    ]),
    `<text x="${WIDTH / 2}" y="${HEIGHT - 8}" text-anchor="middle">routers of one agent, a poll every 10 s</text>`,
    `<text x="8" y="14" fill="${CPU}">CPU, % of a core</text>`,
    `<text x="${WIDTH - 8}" y="14" text-anchor="end" fill="${MEMORY}">peak resident set, MiB</text>`,
    ...line(CPU, ({ cpuPct }) => cpuPct / cpuMax),
    ...line(MEMORY, ({ rssMb }) => rssMb / rssMax),
    '</svg>',
  ].join('\n')}\n`;
}

/** The least of 1, 2, 2.5, 5 and 10 times a power of ten that is not below. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((nice) => nice >= value) ?? 10 * power;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
