import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MARK, processesOf } from './processes.ts';
import { freePorts } from './stack.ts';

const REPO = resolve(import.meta.dirname, '../..');

/** Runs the incident to its end, on ports and addresses of its own; nothing of it may live on. */
async function incident(flags: string) {
  const mark = randomUUID();
  const [httpPort, grpcPort, clickhousePort] = await freePorts(3);
  const places = `--http-port ${httpPort} --grpc-port ${grpcPort} --clickhouse-port ${clickhousePort} --router-net 127.${30 + (process.pid % 90)}.0.0/16`;
  const run = spawn('npm', ['run', '-s', 'sim', '--', 'incident', ...`${flags} ${places}`.split(' ')], {
    cwd: REPO,
    env: { ...process.env, [MARK]: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  run.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  run.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise((settle) => run.once('close', settle));
  expect(processesOf(mark)).toEqual([]);
  return { code, stdout, stderr };
}

describe('npm run sim -- incident --json', () => {
  it('runs at each interval under a memory limit; one JSON object has the keys of npm start, over all runs and for each', {
    timeout: 180_000,
  }, async () => {
    const { code, stdout, stderr } = await incident('--interval-ms 2000,1000 --for-s 6 --json --routers 30 --sites 3');
    const { runs, broken, right, memory_limit_mb, memory_limit_by, ...sums } = JSON.parse(stdout);
    expect(sums, stderr).toMatchObject({ routers: 30, sites: 3, interval_ms: 1000, missing: 0, duplicates: 0, wrong: 0 });
    expect(sums.rows_stored).toBe(sums.rows_expected);
    expect(runs).toMatchObject([{ interval_ms: 2000 }, { interval_ms: 1000 }]);
    const measured = 'rows_per_s hub_rss_mb hub_rss_end_mb engine_rss_end_mb agent_log_bytes hub_log_bytes p99_poll_to_stored_ms';
    for (const run of runs) {
      expect(run).toMatchObject({ missing: 0, duplicates: 0, wrong: 0 });
      // A busy machine is late; nothing else goes wrong.
      expect(run.polls_failed).toBe(run.polls_overrun);
      expect(run.polls).toBeGreaterThan(30);
      expect(Object.keys(run)).toEqual(expect.arrayContaining(Object.keys(sums)));
      for (const key of measured.split(' ')) expect(run[key], key).toBeGreaterThan(0);
    }
    expect(memory_limit_mb).toBe(512);
    expect(['cgroup v1', 'cgroup v2', 'watched']).toContain(memory_limit_by);
    expect(stderr).toContain(memory_limit_by);
    expect(stderr).toContain('362 MB, killed');
    // How fast this machine is decides about the limits of time.
    expect(right).toBe(broken.length === 0);
    expect(code).toBe(right ? 0 : 1);
  });

  it('fails when the hub goes beyond its memory', { timeout: 120_000 }, async () => {
    const { code, stdout } = await incident('--interval-ms 1000 --for-s 6 --memory-limit-mb 32 --json --routers 5');
    const broken = ['At 1 s: the hub was killed (SIGKILL), as it is beyond its memory limit'];
    expect(JSON.parse(stdout)).toMatchObject({ right: false, runs: [], rows_stored: 0, broken });
    expect(code).toBe(1);
  });
});
