import { expect, it } from 'vitest';
import { growthPlot } from './growth-plot.ts';

it('the plot has a point for every measurement, on axes from 0 to a round number that none exceeds', () => {
  const svg = growthPlot([
    { routers: 100, cpuPct: 2, rssMb: 90 },
    { routers: 5000, cpuPct: 80, rssMb: 240 },
  ]);
  expect(svg.match(/<circle/g)).toHaveLength(4);
  // 5000 routers are the right end, 80 of 100 % and 240 of 250 MiB.
  expect(svg).toContain('<circle cx="656" cy="73.6" r="3" fill="#2f7ed8"/>');
  expect(svg).toContain('<circle cx="656" cy="33.9" r="3" fill="#d9822b"/>');
  expect(svg).toContain('>5000</text>');
});
