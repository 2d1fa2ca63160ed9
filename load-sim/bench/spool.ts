/** `bench spool`: how fast batches become durable at the agent, and how fast a backlog is read. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type BenchContext, temporaryFolder } from './context.ts';
import type { BenchResult, Measurement } from './result.ts';

const PROGRAM = resolve(import.meta.dirname, '../../agent/bench/spool.ts');
const seconds = z.number().positive();
const answer = z.object({ rounds: z.array(z.object({ appendS: seconds, openS: seconds, readS: seconds })).min(1) });

const SHAPES = [
  { group: 'Messages of 14 kB (500 routers at 10 s, sealed every second)', bytes: 14_000, batches: 400 },
  { group: 'Messages of 130 kB (500 polls)', bytes: 130_000, batches: 150 },
] as const;

export async function benchSpool(context: BenchContext): Promise<BenchResult> {
  await using folder = await temporaryFolder();
  const measurements: Measurement[] = [];
  for (const { group, bytes, batches } of SHAPES) {
    const args = [PROGRAM, folder.path, batches, bytes, context.rounds].map(String);
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { rounds } = answer.parse(JSON.parse(stdout));
    const mb = (bytes * batches) / 1e6;
    measurements.push(
      {
        group,
        what: 'appended batches per second, each fsynced',
        rounds: rounds.map(({ appendS }) => batches / appendS),
        anchor: { text: 'need: 1 a second', value: 1 },
      },
      { what: 'appended MB/s', rounds: rounds.map(({ appendS }) => mb / appendS) },
      { what: 'read batches per second, after a start', rounds: rounds.map(({ readS }) => batches / readS) },
      { what: 'read MB/s', rounds: rounds.map(({ readS }) => mb / readS) },
      {
        what: 'batches per second that a start finds again, by their headers',
        rounds: rounds.map(({ openS }) => batches / openS),
      },
    );
    context.print(`${group}: measured`);
  }
  return {
    name: 'spool',
    conditions:
      'The agent’s spool alone, one append after the other in one process, on the disk of the temporary folder (TMPDIR); by wall time, since the disk decides. What is read comes out of the page cache.',
    measurements,
  };
}
