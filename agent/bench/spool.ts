/**
 * Measures the spool alone: appends that survive a power cut, and reading all of it back as after a start. Prints one JSON object:
 * bytes of one message, and per round the seconds that appending, opening and reading took.
 *
 * Usage: node agent/bench/spool.ts FOLDER BATCHES BYTES ROUNDS
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createDisk } from '../src/spool/disk.ts';
import { type OpenSpool, openSpool } from '../src/spool/folder.ts';
import { createSpoolMetrics } from '../src/spool/metrics.ts';

interface SpoolRound {
  readonly appendS: number;
  readonly openS: number;
  readonly readS: number;
}

async function measure(folder: string, batches: number, message: Uint8Array): Promise<SpoolRound> {
  const startMs = Date.now();
  let startedMs = performance.now();
  const lap = (): number => {
    const seconds = (performance.now() - startedMs) / 1000;
    startedMs = performance.now();
    return seconds;
  };
  {
    await using spool = await open(folder);
    lap();
    for (let sequence = 1; sequence <= batches; sequence++)
      await spool.append({
        epoch: 1n,
        sequence,
        contentHash: BigInt(sequence),
        firstPollMs: startMs,
        lastPollMs: startMs,
        message,
      });
  }
  const appendS = lap();
  await using spool = await open(folder);
  const openS = lap();
  let read = 0;
  for (let item = spool.next(0); item !== undefined; item = spool.next(item.position))
    if ((await spool.read(item)) !== undefined) read++;
  const readS = lap();
  if (read !== batches) throw new Error(`BUG: ${batches} batches went in, ${read} came out`);
  return { appendS, openS, readS };
}

function open(folder: string): Promise<OpenSpool> {
  return openSpool(
    { folder, bytesMax: 2 * 2 ** 30 },
    {
      disk: createDisk(),
      log: pino({ level: 'silent' }),
      metrics: createSpoolMetrics(new Registry()),
      nowMs: Date.now,
      onNews: () => {},
    },
    new AbortController().signal,
  );
}

const [folder = '', batches, bytes, rounds] = process.argv.slice(2);
const message = randomBytes(Number(bytes));
const measured: SpoolRound[] = [];
for (let round = 0; round < Number(rounds); round++) {
  const path = join(folder, `spool${round}`);
  measured.push(await measure(path, Number(batches), message));
  await rm(path, { recursive: true });
}
process.stdout.write(`${JSON.stringify({ rounds: measured })}\n`);
