/** Wires `hub dead-letters` to the ClickHouse of a running hub. */
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createClickHouse } from '../clickhouse/client.ts';
import { addressBesideHub } from '../clickhouse/connect.ts';
import { StoreError } from '../clickhouse/store-error.ts';
import { loadHubConfig } from '../config.ts';
import { createRetentionStore } from '../retention/store.ts';
import { createSampleStore } from '../store/sample-store.ts';
import { createWriterMetrics } from '../writer/metrics.ts';
import { DEAD_LETTERS_USAGE, parseDeadLetters } from './arguments.ts';
import { runDeadLetters } from './command.ts';
import { createLetters } from './letters.ts';

/** Does what the words behind `dead-letters` say; answers go to stdout, why it waits to stderr. Resolves with the exit code. */
export async function deadLetters(words: readonly string[], stop: AbortSignal): Promise<number> {
  const print = (text: string): void => void process.stdout.write(text);
  const command = parseDeadLetters(words, Date.now());
  if (command === undefined) {
    print(DEAD_LETTERS_USAGE);
    return 0;
  }
  const config = loadHubConfig(command.config, process.env);
  await using clickhouse = createClickHouse(await addressBesideHub(config));
  const cluster = config.clickhouse.server?.cluster;
  const deps = {
    letters: createLetters(clickhouse, cluster),
    store: createSampleStore(clickhouse),
    nowMs: Date.now,
    log: pino({ base: { app: 'poplar-hub' } }, pino.destination({ fd: 2, sync: true })),
    metrics: createWriterMetrics(new Registry()),
    print,
  };
  try {
    const floors = await createRetentionStore(clickhouse, config.clickhouse.database, cluster).floors(stop);
    const rawFloorMs = floors.find(({ tier }) => tier === 'raw')?.floorMs ?? 0;
    return await runDeadLetters(command, { ...deps, rawFloorMs }, stop);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== undefined || stop.aborted) throw error;
    const hint =
      config.clickhouse.server === undefined
        ? 'start the hub: the embedded one answers only while it runs'
        : 'check clickhouse.url';
    throw new Error(`${error.message}; ${hint}.`, { cause: error });
  }
}
