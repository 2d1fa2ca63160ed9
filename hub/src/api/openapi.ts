/** Writes or checks hub/openapi.json: `node hub/src/api/openapi.ts --write | --check`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { createClickHouse } from '../clickhouse/client.ts';
import { createApi, openApiDocument } from './app.ts';

const FILE = fileURLToPath(new URL('../../openapi.json', import.meta.url));

function generate(): string {
  // Nothing is asked of ClickHouse: only the routes' definitions are read.
  const clickhouse = createClickHouse({ url: 'http://127.0.0.1:8123', user: 'default', password: '', database: 'poplar' });
  const app = createApi({
    clickhouse,
    database: 'poplar',
    embedded: true,
    now: Date.now,
    version: '',
    startedAtMs: 0,
    status: {
      rowsPerSecond: () => 0,
      pollToStoredMs: () => ({ p50: null, p99: null }),
      ready: () => ({ ready: true, reasons: [] }),
    },
    webFolder: '',
    metrics: () => Promise.resolve(''),
    allowedHosts: [],
    log: pino({ level: 'silent' }),
  });
  return `${JSON.stringify(openApiDocument(app), null, 2)}\n`;
}

function committed(): string {
  try {
    return readFileSync(FILE, 'utf8');
  } catch {
    return '';
  }
}

const [flag] = process.argv.slice(2);
if (flag === '--write') {
  writeFileSync(FILE, generate());
} else if (flag === '--check') {
  if (committed() !== generate()) {
    process.stderr.write(`${FILE} is not what the routes say. Run: node hub/src/api/openapi.ts --write\n`);
    process.exitCode = 1;
  }
} else {
  process.stderr.write('Usage: node hub/src/api/openapi.ts --write | --check\n');
  process.exitCode = 2;
}
