/** A store whose rules are evaluated at times of a test's choosing, for tests. */
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { SILENT, startTestStore, type TestStore } from '../api/testing.ts';
import { createStatements } from '../clickhouse/statements.ts';
import { startTestEngine } from '../clickhouse/testing.ts';
import { createLeases } from '../store/leases.ts';
import { createAlerts } from './alerts.ts';
import { createRulesClient, RULES_USER, type RuleLimits, rulesLogin } from './login.ts';
import { type AlertMetrics, createAlertMetrics } from './metrics.ts';
import type { Interest } from './notification.ts';
import { parseRuleBook, type RuleBook, readRuleTexts } from './rule-file.ts';
import { createRuleReader, type RuleReader } from './rule-reader.ts';
import { type AlertStore, createAlertStore } from './store.ts';

export const DEFAULT_RULES = join(import.meta.dirname, '../../alerts/default-rules.yaml');
const LIMITS: RuleLimits = { executionMsMax: 20_000, memoryBytesMax: 256 * 1024 ** 2, rowsToReadMax: 100_000_000 };
const never = new AbortController().signal;

export interface AlertBench extends AsyncDisposable {
  readonly store: TestStore;
  readonly alerts: AlertStore;
  /** Runs rules as the hub does, behind the gates. */
  readonly reader: RuleReader;
  /** A hub's evaluator with these rules, and what it counts. */
  evaluator(book: RuleBook, options?: EvaluatorOptions): Evaluator;
  /** All incidents, by rule, subject and beginning. */
  incidents(): Promise<IncidentFacts[]>;
}

export interface EvaluatorOptions {
  readonly interests?: readonly Interest[];
  readonly reader?: RuleReader;
  readonly alerts?: AlertStore;
}

export interface Evaluator {
  /** Evaluates all rules that are due at that moment. */
  at(ms: number): Promise<void>;
  readonly metrics: AlertMetrics;
}

export interface IncidentFacts {
  readonly id: string;
  readonly rule: string;
  readonly site: string;
  readonly router: string;
  readonly object: string;
  readonly started_ms: number;
  readonly closed_ms: number | null;
  readonly close_reason: string;
  readonly summary: string;
  readonly suppressed_by: string;
  readonly announced: number;
}

/** Starts an engine with the tables and the login of rules. */
export async function startAlertBench(limits: RuleLimits = LIMITS): Promise<AlertBench> {
  const login = rulesLogin(limits);
  const engine = await startTestEngine({ analysts: [login] });
  const store = await startTestStore(engine);
  const { url, database } = engine;
  const access = engine.kind === 'embedded' ? { user: RULES_USER, password: login.password } : engine;
  const rules = createRulesClient({ url, database, user: access.user, password: access.password }, limits);
  const reader = createRuleReader(rules, () => performance.now());
  const alerts = createAlertStore(store.client);
  return {
    store,
    alerts,
    reader,
    evaluator(book, options = {}) {
      let nowMs = 0;
      const metrics = createAlertMetrics(new Registry());
      const evaluating = createAlerts(
        { holder: 'h1', book, interests: options.interests ?? [], viewerUrl: undefined, settleMs: 0 },
        {
          store: options.alerts ?? alerts,
          reader: options.reader ?? reader,
          leases: createLeases(createStatements(store.client, store.database)),
          nowMs: () => nowMs,
          pause: () => Promise.resolve(),
          log: SILENT,
          metrics,
          onQueued: () => undefined,
        },
      );
      return {
        metrics,
        async at(ms) {
          nowMs = ms;
          await evaluating.pass(never);
        },
      };
    },
    async incidents() {
      const answer = await store.client.query({
        query: `SELECT id, rule, site, router, object, toUnixTimestamp64Milli(started_at) AS started_ms,
            toUnixTimestamp64Milli(closed_at) AS closed_ms, close_reason, summary, suppressed_by, announced
          FROM incidents FINAL ORDER BY rule, site, router, object, started_at, id`,
        format: 'JSONEachRow',
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
      });
      return await answer.json<IncidentFacts>();
    },
    async [Symbol.asyncDispose]() {
      await rules.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** The rules of a text. Throws its faults. */
export function bookOf(text: string, ...more: readonly string[]): RuleBook {
  const faults: string[] = [];
  const texts = [text, ...more].map((part, index) => ({ file: `rules${index === 0 ? '' : index}.yaml`, text: part }));
  const book = parseRuleBook(texts, 30_000, faults);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return book;
}

/** The default rules. */
export function defaultBook(): RuleBook {
  const faults: string[] = [];
  const book = parseRuleBook(readRuleTexts([DEFAULT_RULES], faults), 30_000, faults);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return book;
}
