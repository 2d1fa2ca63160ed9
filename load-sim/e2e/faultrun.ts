/** Runs `npm run faults -- … --json` for a test, on ports and addresses of its own. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { type LiveProcess, MARK, processesOf } from './processes.ts';
import { freePorts } from './stack.ts';

const REPO = resolve(import.meta.dirname, '../..');

export interface EndedFaultRun {
  readonly code: unknown;
  /** The last line on stdout. */
  readonly json: string;
  readonly stderr: string;
  /** Processes that it left behind. */
  readonly survivors: readonly LiveProcess[];
}

/** Resolves when the run has ended. */
export async function faultRun(flags: string): Promise<EndedFaultRun> {
  const mark = randomUUID();
  const [httpPort, grpcPort, clickhousePort] = await freePorts(3);
  const ports = `--http-port ${httpPort} --grpc-port ${grpcPort} --clickhouse-port ${clickhousePort}`;
  const net = `--router-net 127.${30 + (process.pid % 90)}.0.0/16`;
  const run = spawn(process.execPath, ['load-sim/src/faultrun/main.ts', ...`--json ${flags} ${net} ${ports}`.split(' ')], {
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
  return { code, json: stdout.trim().split('\n').at(-1) ?? '', stderr, survivors: processesOf(mark) };
}
