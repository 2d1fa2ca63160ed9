import { expect, it } from 'vitest';
import { parseFlags, type StackFlags } from '../stack/flags.ts';
import { overall } from './result.ts';
import { incidentTable } from './table.ts';
import { sampleRun } from './testing.ts';

const planned = ['10000', '1000'].flatMap((ms): StackFlags[] => {
  const flags = parseFlags(['--interval-ms', ms]);
  return flags === undefined ? [] : [flags];
});

it('the runs together have the sums of counts and the worst of everything else', () => {
  const runs = [
    sampleRun({ missing: 1, hub_rss_mb: 150, engine_cpu_pct: null }),
    sampleRun({ interval_ms: 1000, missing: 2, hub_rss_mb: 140, p99_poll_to_stored_ms: 1700, engine_cpu_pct: 60 }),
  ];
  expect(overall(planned, runs)).toMatchObject({
    routers: 500,
    interval_ms: 1000,
    for_s: 200,
    polls: 10_000,
    missing: 3,
    missed_polls: null,
    hub_rss_mb: 150,
    engine_cpu_pct: 60,
    p99_poll_to_stored_ms: 1700,
  });
});

it('no run at all is nothing stored, not a failure of its own', () => {
  expect(overall(planned, [])).toMatchObject({ routers: 500, interval_ms: 1000, rows_stored: 0, hub_rss_mb: null });
});

it('the table has a column per run beside the published figures', () => {
  const text = incidentTable([sampleRun(), sampleRun({ interval_ms: 1000, hub_rss_mb: null })]);
  const line = (name: string): string[] | undefined =>
    text
      .split('\n')
      .find((row) => row.startsWith(name))
      ?.split(/ {2,}/);
  expect(line('hub RSS peak')).toEqual(['hub RSS peak', '362 MB, killed', '307 MB', '144 MiB', '–']);
  expect(line('interval')).toEqual(['interval', '120 s', '120 s', '10 s', '1 s']);
  expect(line('lost, twice, wrong')).toEqual(['lost, twice, wrong', '–', '–', '0, 0, 0', '0, 0, 0']);
  expect(
    new Set(
      text
        .trimEnd()
        .split('\n')
        .map((row) => row.length),
    ).size,
  ).toBe(1);
});
