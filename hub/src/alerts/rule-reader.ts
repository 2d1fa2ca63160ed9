/** Runs the SELECTs of rules. Every method throws StoreError, or the signal's reason. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { asStoreError } from '../clickhouse/store-error.ts';
import { describeSql, FINDINGS_MAX, type Finding, findingRow, findingsSql } from './finding.ts';
import type { AlertRule } from './rule.ts';

/** A part of all sites; rules that meet their limits are evaluated part by part. */
export interface Part {
  readonly part: number;
  readonly parts: number;
}

export interface Reading {
  readonly findings: readonly Finding[];
  /** There were more than are read. */
  readonly isCut: boolean;
  /** How long the statement took, ms. */
  readonly costMs: number;
}

export interface RuleReader {
  /** Names of the columns of a rule's SELECT. */
  columns(rule: AlertRule, signal: AbortSignal): Promise<string[]>;
  /** What the rule finds in a window that ends at atMs, given the further columns of its SELECT. */
  findings(rule: AlertRule, further: readonly string[], atMs: number, part: Part, signal: AbortSignal): Promise<Reading>;
}

/** Starts of windows are multiples of it, so that two hubs cut what is longer than the window in the same place. */
const GRID_MS = 300_000;
const ALL: Part = { part: 0, parts: 1 };

/** Start of the window of a rule that ends at atMs, Unix ms. */
export function windowStart({ windowMs }: Pick<AlertRule, 'windowMs'>, atMs: number): number {
  return Math.floor((atMs - windowMs) / GRID_MS) * GRID_MS;
}

/** The client is one of createRulesClient. */
export function createRuleReader(client: ClickHouseClient, monotonicMs: () => number): RuleReader {
  async function ask<Row extends z.ZodType>(
    query: string,
    params: Readonly<Record<string, unknown>>,
    row: Row,
    signal: AbortSignal,
  ): Promise<{ rows: z.output<Row>[]; costMs: number }> {
    const startedMs = monotonicMs();
    try {
      const answer = await client.query({ query, query_params: params, format: 'JSONEachRow', abort_signal: signal });
      const rows = z.array(row).parse(await answer.json());
      return { rows, costMs: monotonicMs() - startedMs };
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof z.ZodError ? error : asStoreError(error);
    }
  }

  return {
    async columns(rule, signal) {
      const params = paramsOf(rule, 0, ALL);
      return (await ask(describeSql(rule), params, z.object({ name: z.string() }), signal)).rows.map(({ name }) => name);
    },
    async findings(rule, further, atMs, part, signal) {
      const { fire, clear } = rule.threshold;
      const params = { ...paramsOf(rule, atMs, part), rule: rule.name, fire, clear };
      const { rows, costMs } = await ask(findingsSql(rule, further), params, findingRow, signal);
      return { findings: rows.slice(0, FINDINGS_MAX), isCut: rows.length > FINDINGS_MAX, costMs };
    },
  };
}

function paramsOf(rule: AlertRule, atMs: number, { part, parts }: Part): Record<string, unknown> {
  const fromMs = windowStart(rule, atMs);
  const text = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
  return { from_ms: fromMs, to_ms: atMs, from: text(fromMs), to: text(atMs), part, parts };
}
