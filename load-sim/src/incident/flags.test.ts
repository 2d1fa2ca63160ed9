import { describe, expect, it } from 'vitest';
import { INCIDENT_USAGE, parseIncidentFlags } from './flags.ts';

describe('the flags of the incident', () => {
  it('are four runs of ten minutes with the debug log, unless told otherwise', () => {
    const flags = parseIncidentFlags([]);
    expect(flags).toMatchObject({ json: false, memoryLimitMb: 512, leftOutMs: [] });
    expect(flags?.runs.map(({ intervalMs }) => intervalMs)).toEqual([120_000, 60_000, 10_000, 1000]);
    for (const run of flags?.runs ?? [])
      expect(run).toMatchObject({ routers: 500, forS: 600, logLevel: 'debug', data: undefined });
  });

  it('are those of npm start, with several intervals and the memory limit', () => {
    const words = '--interval-ms 2000,1000 --for-s 9 --routers 7 --memory-limit-mb=300 --json --data d --log-level info';
    expect(parseIncidentFlags(words.split(' '))).toMatchObject({
      json: true,
      memoryLimitMb: 300,
      runs: [
        { intervalMs: 2000, forS: 9, routers: 7, data: 'd/2000ms', logLevel: 'info' },
        { intervalMs: 1000, forS: 9, routers: 7, data: 'd/1000ms', logLevel: 'info' },
      ],
    });
    expect(parseIncidentFlags(['--help'])).toBeUndefined();
  });

  it('leave out the usual intervals that a short run has no two of, and refuse one that was asked for', () => {
    const short = parseIncidentFlags(['--for-s', '60']);
    expect(short?.runs.map(({ intervalMs }) => intervalMs)).toEqual([10_000, 1000]);
    expect(short?.leftOutMs).toEqual([120_000, 60_000]);
    expect(() => parseIncidentFlags(['--for-s', '239', '--interval-ms', '120000'])).toThrow(
      '--for-s 239 is less than two intervals of 120000 ms: give --for-s 240 or more',
    );
    expect(parseIncidentFlags(['--for-s', '240', '--interval-ms', '120000'])?.runs).toHaveLength(1);
    expect(() => parseIncidentFlags(['--for-s', '1'])).toThrow('--for-s 1 is less than two intervals');
  });

  it('name what is wrong with them', () => {
    expect(() => parseIncidentFlags(['--interval-ms', '1000,x'])).toThrow('--interval-ms x: not a whole number');
    expect(() => parseIncidentFlags(['--memory-limit-mb', '0'])).toThrow('--memory-limit-mb 0: not a whole number');
    expect(() => parseIncidentFlags(['--rain'])).toThrow('--rain');
  });

  it('are explained', () => {
    for (const flag of ['--interval-ms', '--for-s', '--memory-limit-mb', '--json', '--log-level', '--data', '--router-net'])
      expect(INCIDENT_USAGE).toContain(flag);
  });
});
