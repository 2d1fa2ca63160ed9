/**
 * Evaluates rules, opens and closes incidents, and writes what is to be said about them. One hub does it under a lease; two at once write
 * the same incidents and the same notifications. What was found goes on record first, then what is to be said of it, then that it was said:
 * a hub that dies between leaves the rest to the next evaluation.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { StoreError } from '../clickhouse/store-error.ts';
import type { Leases } from '../store/leases.ts';
import { FINDINGS_MAX, type Finding, furtherColumns } from './finding.ts';
import { ANNOUNCED, type Incident } from './incident.ts';
import { announcedAs, type Causes, causeKey, closed, judge, type Pending, resuppressed } from './judge.ts';
import type { AlertMetrics } from './metrics.ts';
import { dueKind, type Interest, type Notification, notificationsOf } from './notification.ts';
import { type AlertRule, COLUMNS, fieldsOfSummary, SEVERITIES } from './rule.ts';
import type { RuleBook } from './rule-file.ts';
import type { RuleReader } from './rule-reader.ts';
import type { AlertStore, RuleState } from './store.ts';

export interface AlertsConfig {
  /** Name of this process in the lease. */
  readonly holder: string;
  readonly book: RuleBook;
  readonly interests: readonly Interest[];
  /** Where people see the viewer. */
  readonly viewerUrl: string | undefined;
  /** How long after a start, or after ClickHouse was away, agents have to deliver what they hold, ms. */
  readonly settleMs: number;
}

export interface AlertsDeps {
  readonly store: AlertStore;
  readonly reader: RuleReader;
  readonly leases: Leases;
  readonly nowMs: () => number;
  /** Waits between statements. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly metrics: AlertMetrics;
  /** Hears that notifications were written. */
  readonly onQueued: () => void;
}

const LEASE = 'alerts';
const HELD_MS = 30_000;
/** A lease is renewed before this, ms. */
const RENEW_MS = 10_000;
const TICK_MS = 5000;
/** Pause after a statement, as a multiple of what it took: rules leave nine tenths of a core to others. */
const PAUSE_FACTOR = 9;
const PARTS_MAX = 64;
/** TOO_MANY_ROWS, TIMEOUT_EXCEEDED, MEMORY_LIMIT_EXCEEDED, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES: half as many sites may fit. */
const LIMIT_CODES: ReadonlySet<number | undefined> = new Set([158, 159, 241, 307, 396]);

/** What a rule does wrong, in words for the operator. */
class RuleError extends Error {
  override readonly name = 'RuleError';
}

export function createAlerts({ holder, book, interests, viewerUrl, settleMs }: AlertsConfig, deps: AlertsDeps) {
  const { store, reader, leases, nowMs, pause, log, metrics, onQueued } = deps;
  const byName = new Map(book.rules.map((rule) => [rule.name, rule]));
  const columns = new Map<string, readonly string[]>();
  const parts = new Map<string, number>();
  const dueMs = new Map<string, number>();
  const pending = new Map<string, readonly Pending[]>();
  const errors = new Map<string, { readonly text: string; readonly sinceMs: number }>();
  let live = new Map<string, Incident>();

  async function put(incidents: readonly Incident[], signal: AbortSignal): Promise<void> {
    await store.putIncidents(incidents, signal);
    for (const incident of incidents) {
      const isOver = incident.closedMs !== undefined && incident.announced !== ANNOUNCED.opening;
      if (isOver) live.delete(incident.id);
      else live.set(incident.id, incident);
    }
  }

  function causes(): Causes {
    const open = [...live.values()].filter(({ closedMs }) => closedMs === undefined);
    return {
      open: Map.groupBy(open, ({ rule, site }) => causeKey(rule, site)),
      pending: new Map(
        [...pending].flatMap(([rule, subjects]) => [...Map.groupBy(subjects, ({ site }) => causeKey(rule, site))]),
      ),
      maintenance: book.maintenance,
    };
  }

  /** Reads a rule part by part, in smaller parts where one meets a limit. Throws StoreError and RuleError. */
  async function findingsOf(rule: AlertRule, atMs: number, signal: AbortSignal) {
    const known = columns.get(rule.name) ?? (await reader.columns(rule, signal));
    const missing = missingColumns(rule, known);
    if (missing.length > 0) throw new RuleError(`the SELECT has no column ${missing.join(', ')}`);
    columns.set(rule.name, known);
    let count = parts.get(rule.name) ?? 1;
    const whole = { findings: [] as Finding[], isCut: false, costMs: 0 };
    for (let part = 0; part < count; ) {
      try {
        const { findings, isCut, costMs } = await reader.findings(
          rule,
          furtherColumns(known),
          atMs,
          { part, parts: count },
          signal,
        );
        whole.findings.push(...findings);
        whole.isCut ||= isCut;
        whole.costMs += costMs;
        part += 1;
        await pause(PAUSE_FACTOR * costMs, signal);
      } catch (error) {
        signal.throwIfAborted();
        const mayFit = rule.sql.includes('{window}') || rule.sql.includes('{part');
        if (!(error instanceof StoreError) || !LIMIT_CODES.has(error.code) || count >= PARTS_MAX || !mayFit) throw error;
        count *= 2;
        part *= 2;
        parts.set(rule.name, count);
      }
    }
    return { ...whole, parts: count };
  }

  /** Evaluates one rule and puts on record what it means. Throws StoreError when ClickHouse is away. */
  async function evaluate(rule: AlertRule, signal: AbortSignal): Promise<RuleState> {
    const atMs = nowMs();
    const open = [...live.values()].filter((incident) => incident.rule === rule.name && incident.closedMs === undefined);
    const state = { rule: rule.name, evaluatedMs: atMs, durationMs: 0, parts: 1, open: open.length, pending: 0 };
    let read: Awaited<ReturnType<typeof findingsOf>>;
    try {
      read = await findingsOf(rule, atMs, signal);
    } catch (error) {
      signal.throwIfAborted();
      const isRules =
        error instanceof RuleError || error instanceof z.ZodError || (error instanceof StoreError && error.code !== undefined);
      if (!isRules) throw error;
      metrics.evaluations.inc({ rule: rule.name, result: 'failed' });
      return { ...state, parts: parts.get(rule.name) ?? 1, ...failing(rule, textOf(error), atMs) };
    }
    const judgement = judge({ rule, atMs, findings: read.findings, open }, causes());
    pending.set(rule.name, judgement.pending);
    await put(judgement.changed, signal);
    metrics.evaluations.inc({ rule: rule.name, result: 'ok' });
    metrics.evaluationSeconds.observe(read.costMs / 1000);
    const fault = read.isCut ? failing(rule, `more than ${FINDINGS_MAX} objects: the rest is left out`, atMs) : recovered(rule);
    const isOpen = ({ rule: name, closedMs }: Incident): boolean => name === rule.name && closedMs === undefined;
    return {
      ...state,
      durationMs: read.costMs,
      parts: read.parts,
      open: [...live.values()].filter(isOpen).length,
      pending: judgement.pending.length,
      ...fault,
    };
  }

  function failing(rule: AlertRule, text: string, atMs: number): Pick<RuleState, 'error' | 'failingSinceMs'> {
    const before = errors.get(rule.name);
    const sinceMs = before?.sinceMs ?? atMs;
    errors.set(rule.name, { text, sinceMs });
    if (before?.text !== text) log.warn({ rule: rule.name, place: rule.place, error: text }, 'A rule fails; the others go on');
    return { error: text, failingSinceMs: sinceMs };
  }

  function recovered(rule: AlertRule): Pick<RuleState, 'error' | 'failingSinceMs'> {
    if (errors.delete(rule.name)) log.info({ rule: rule.name }, 'A rule works again');
    return { error: '', failingSinceMs: undefined };
  }

  /** Says what is to be said of the live incidents of these rules. */
  async function announce(rules: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const atMs = nowMs();
    const known = causes();
    const mine = [...live.values()].filter(({ rule }) => rules.has(rule));
    const changed = mine.flatMap((incident) =>
      incident.closedMs === undefined ? (resuppressed(byName.get(incident.rule), incident, known, atMs) ?? []) : [],
    );
    await put(changed, signal);
    const said: Incident[] = [];
    const notifications: Notification[] = [];
    for (const { id } of mine) {
      const incident = live.get(id);
      const kind = incident === undefined ? undefined : dueKind(incident);
      if (incident === undefined || kind === undefined) continue;
      const rule = byName.get(incident.rule);
      notifications.push(...notificationsOf(incident, kind, { rule, interests, viewerUrl, atMs }));
      said.push(announcedAs(incident, kind === 'opened' ? ANNOUNCED.opening : ANNOUNCED.end, atMs));
    }
    await store.queue(notifications, signal);
    await put(said, signal);
    for (const { kind } of notifications) metrics.notifications.inc({ kind });
    if (notifications.length > 0) onQueued();
  }

  /** Closes incidents of rules that are gone. */
  async function closeOrphans(signal: AbortSignal): Promise<void> {
    const orphans = [...live.values()].filter(({ rule }) => !byName.has(rule));
    if (orphans.length === 0) return;
    const atMs = nowMs();
    const open = orphans.filter(({ closedMs }) => closedMs === undefined);
    await put(
      open.map((incident) => closed(incident, 'rule_removed', atMs, undefined, atMs)),
      signal,
    );
    await announce(new Set(orphans.map(({ rule }) => rule)), signal);
  }

  /** Evaluates the rules that are due, parents first; true when it came to the end of them. Throws StoreError when ClickHouse is away. */
  async function pass(signal: AbortSignal, keepLease: () => Promise<boolean> = () => Promise.resolve(true)): Promise<boolean> {
    const due = book.rules.filter(({ name }) => (dueMs.get(name) ?? 0) <= nowMs());
    live = new Map((await store.live(signal)).map((incident) => [incident.id, incident]));
    await closeOrphans(signal);
    const states: RuleState[] = [];
    let isWhole = true;
    for (const rule of due) {
      if (!(await keepLease())) {
        isWhole = false;
        break;
      }
      const startedMs = nowMs();
      states.push(await evaluate(rule, signal));
      await announce(new Set([rule.name]), signal);
      dueMs.set(rule.name, startedMs + rule.everyMs);
    }
    // What a parent or a maintenance window kept quiet may have to be said now.
    await announce(new Set(byName.keys()), signal);
    await store.putStates(states, signal);
    metrics.failing.set(errors.size);
    for (const severity of SEVERITIES) {
      const open = [...live.values()].filter((incident) => incident.severity === severity && incident.closedMs === undefined);
      metrics.incidents.set({ severity }, open.length);
    }
    return isWhole;
  }

  return {
    pass,
    /** Evaluates until aborted. */
    async run(signal: AbortSignal): Promise<void> {
      const tickMs = Math.min(TICK_MS, ...book.rules.map(({ everyMs }) => everyMs));
      let settledMs = nowMs() + settleMs;
      let heldMs = 0;
      const keepLease = async (): Promise<boolean> => {
        if (nowMs() - heldMs < RENEW_MS) return true;
        const startedMs = nowMs();
        if (!(await leases.hold(LEASE, holder, HELD_MS, signal))) return false;
        heldMs = startedMs;
        return true;
      };
      let isFirst = true;
      while (!signal.aborted) {
        try {
          const isDue = book.rules.some(({ name }) => (dueMs.get(name) ?? 0) <= nowMs());
          if (isDue && nowMs() >= settledMs && (await keepLease())) {
            if (isFirst)
              for (const { rule, since_ms } of await store.failures(signal)) errors.set(rule, { text: '', sinceMs: since_ms });
            isFirst = false;
            await pass(signal, keepLease);
          }
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof StoreError)) throw error;
          log.warn({ err: error }, 'Cannot evaluate rules now; tried again when ClickHouse has been back for a while');
          settledMs = nowMs() + settleMs;
          heldMs = 0;
        }
        // The loop sees the abort.
        await delay(tickMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

/** Columns that a rule needs and its SELECT does not have. */
export function missingColumns(rule: Pick<AlertRule, 'summary'>, columns: readonly string[]): string[] {
  return [...COLUMNS, ...fieldsOfSummary(rule.summary)].filter((name) => !columns.includes(name));
}

function textOf(error: unknown): string {
  if (error instanceof z.ZodError) return `the SELECT yields what is no finding: ${error.issues[0]?.message ?? ''}`;
  return error instanceof Error ? error.message : String(error);
}
