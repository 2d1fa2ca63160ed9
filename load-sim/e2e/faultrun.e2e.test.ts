import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../src/faultrun/kinds.ts';
import { MARK, processesOf } from './processes.ts';
import { freePorts } from './stack.ts';

const REPO = resolve(import.meta.dirname, '../..');

describe('npm run faults', () => {
  it('lets every kind of fault happen; nothing is lost without a reason, nothing is there twice', {
    timeout: 240_000,
  }, async () => {
    const mark = randomUUID();
    const [httpPort, grpcPort, clickhousePort] = await freePorts(3);
    const flags = `--for-s 34 --seed 1 --json --routers 36 --sites 3 --interval-ms 500 --router-net 127.${30 + (process.pid % 90)}.0.0/16`;
    const ports = `--http-port ${httpPort} --grpc-port ${grpcPort} --clickhouse-port ${clickhousePort}`;
    const run = spawn(process.execPath, ['load-sim/src/faultrun/main.ts', ...`${flags} ${ports}`.split(' ')], {
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
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(result).toMatchObject({ missing: 0, duplicates: 0, wrong: 0, unexplained_missing: 0, unexpected_ends: 0 });
    expect(Object.keys(result.faults)).toEqual(FAULT_KINDS);
    expect(result.polls).toBeGreaterThan(36 * 20);
    expect(result.batches_damaged).toBe(1);
    expect(result.batches_redelivered).toBeGreaterThan(20);
    expect(result.acks_lost).toBeGreaterThan(0);
    expect(result.gaps).toBeGreaterThan(0);
    expect(processesOf(mark)).toEqual([]);
  });
});
