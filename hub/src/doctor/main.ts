/** `hub doctor`: examines the store that a running hub of the same configuration uses. Changes nothing. */
import { parseArgs } from 'node:util';
import { createReader } from '../api/reader.ts';
import { createClickHouse } from '../clickhouse/client.ts';
import { addressBesideHub } from '../clickhouse/connect.ts';
import { loadHubConfig } from '../config.ts';
import { UsageError } from '../dead-letters/arguments.ts';
import { diagnose } from './diagnosis.ts';
import { diagnosisText } from './report.ts';

const USAGE = `Usage: npm run hub -- doctor [--config FILE] [--day D] [--json]
Examines the store of the hub that runs with the configuration, and whether everything that was polled on a day is in it.
Ends with 0 when all is well, with 1 when something is not.

  --config FILE    configuration (hub.yaml)
  --day D          the day to add up, UTC, as 2026-01-31 (today)
  --json           print one JSON object as the last line on stdout, the tables on stderr
`;

/** A day of a large fleet is counted row by row. */
const READER = { concurrent: 1, waitingMax: 1, secondsMax: 50 };

/** Does what the words behind `doctor` say and resolves with the exit code. Throws ConfigError and UsageError. */
export async function doctor(words: readonly string[], migrations: string, stop: AbortSignal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      config: { type: 'string', default: 'hub.yaml' },
      day: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { day } = values;
  if (day !== undefined && !isDay(day)) throw new UsageError(`Cannot examine the day "${day}": write it as 2026-01-31.`);
  const config = loadHubConfig(values.config, process.env);
  await using client = createClickHouse(await addressBesideHub(config));
  const { database } = config.clickhouse;
  const agents = config.agents.map(({ name }) => name);
  const diagnosis = await diagnose(
    { client, reader: createReader(client, READER), database, migrations, agents, now: Date.now },
    day,
    stop,
  );
  (values.json === true ? process.stderr : process.stdout).write(diagnosisText(diagnosis));
  if (values.json === true) process.stdout.write(`${JSON.stringify(diagnosis)}\n`);
  return diagnosis.ok ? 0 : 1;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}
