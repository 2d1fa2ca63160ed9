/** Checks rules without a hub: on an engine of its own, with empty tables, behind the same gates. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createClickHouse, waitForClickHouse } from '../clickhouse/client.ts';
import { startEmbeddedEngine } from '../clickhouse/embedded/engine.ts';
import { migrate } from '../clickhouse/migrate.ts';
import { StoreError } from '../clickhouse/store-error.ts';
import { missingColumns } from './alerts.ts';
import type { AlertSettings } from './config.ts';
import { furtherColumns } from './finding.ts';
import { createRulesClient, RULES_USER, rulesLogin } from './login.ts';
import { createRuleReader, type RuleReader } from './rule-reader.ts';

const DATABASE = 'poplar';

/** What is wrong with the rules' SQL, one line each; or why the engine cannot tell. */
export type RuleCheck =
  | { readonly kind: 'checked'; readonly faults: readonly string[] }
  | { readonly kind: 'unchecked'; readonly reason: string };

/** Runs every rule once on empty tables. */
export async function checkRules(
  { book, limits }: Pick<AlertSettings, 'book' | 'limits'>,
  migrations: string,
): Promise<RuleCheck> {
  const folder = await mkdtemp(join(tmpdir(), 'poplar-check-'));
  const log = pino({ level: 'silent' });
  const never = new AbortController().signal;
  try {
    const login = rulesLogin(limits);
    await using engine = await startEmbeddedEngine({
      folder,
      port: 0,
      log,
      memoryBytesMax: 1024 ** 3,
      database: DATABASE,
      analysts: [login],
    });
    const { url, user, password } = engine;
    await using clickhouse = createClickHouse({ url, user, password, database: DATABASE });
    await waitForClickHouse(clickhouse, never);
    await migrate(clickhouse, { database: DATABASE, folder: migrations, log });
    await using rules = createRulesClient({ url, user: RULES_USER, password: login.password, database: DATABASE }, limits);
    return {
      kind: 'checked',
      faults: await faultsOf(
        book.rules,
        createRuleReader(rules, () => performance.now()),
        never,
      ),
    };
  } catch (error) {
    return { kind: 'unchecked', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function faultsOf(rules: AlertSettings['book']['rules'], reader: RuleReader, signal: AbortSignal): Promise<string[]> {
  const faults: string[] = [];
  for (const rule of rules) {
    try {
      const columns = await reader.columns(rule, signal);
      const missing = missingColumns(rule, columns);
      if (missing.length > 0) faults.push(`${rule.place}: rule ${rule.name}: the SELECT has no column ${missing.join(', ')}`);
      else await reader.findings(rule, furtherColumns(columns), Date.UTC(2026, 0, 1), { part: 0, parts: 1 }, signal);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === undefined) throw error;
      faults.push(`${rule.place}: rule ${rule.name}: ${error.message}`);
    }
  }
  return faults;
}
