/** Incidents, notifications and states of rules in ClickHouse. Every method throws StoreError, or the signal's reason. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { asStoreError } from '../clickhouse/store-error.ts';
import type { Incident } from './incident.ts';
import type { Notification } from './notification.ts';
import { SEVERITIES } from './rule.ts';

/** How a rule fares. */
export interface RuleState {
  readonly rule: string;
  readonly evaluatedMs: number;
  readonly durationMs: number;
  readonly parts: number;
  readonly open: number;
  readonly pending: number;
  /** Empty when it did not fail. */
  readonly error: string;
  readonly failingSinceMs: number | undefined;
}

export type Fate = 'waiting' | 'delivered' | 'given_up';

/** A notification and what has become of it. */
export interface Sending extends Notification {
  readonly fate: Fate;
  readonly attempts: number;
  readonly nextAttemptMs: number;
  readonly settledMs: number | undefined;
  readonly error: string;
}

/** What was delivered was not given up, and what was settled waits no more, whatever is written later. */
const SETTLED_VERSION = { waiting: 0n, given_up: 1n << 32n, delivered: 1n << 33n } as const;
/** Notifications of one insert. */
const CHUNK = 5000;

const time = z.number().describe('Unix ms');

const incidentRow = z
  .object({
    id: z.string(),
    rule: z.string(),
    severity: z.enum(SEVERITIES),
    site: z.string(),
    router: z.string(),
    object: z.string(),
    started_ms: time,
    detected_ms: time,
    closed_ms: time.nullable(),
    close_reason: z.enum(['', 'cleared', 'no_data', 'withdrawn', 'rule_removed']),
    value: z.number(),
    closing_value: z.number().nullable(),
    unit: z.string(),
    summary: z.string(),
    detail: z.string(),
    suppressed_by: z.string(),
    announced: z.union([z.literal(0), z.literal(1), z.literal(2)]),
    version: z.string(),
  })
  .transform(
    (row): Incident => ({
      id: row.id,
      rule: row.rule,
      severity: row.severity,
      site: row.site,
      router: row.router,
      object: row.object,
      startedMs: row.started_ms,
      detectedMs: row.detected_ms,
      closedMs: row.closed_ms ?? undefined,
      closeReason: row.close_reason === '' ? undefined : row.close_reason,
      value: row.value,
      closingValue: row.closing_value ?? undefined,
      unit: row.unit,
      summary: row.summary,
      detail: z.record(z.string(), z.string()).parse(JSON.parse(row.detail)),
      suppressedBy: row.suppressed_by,
      announced: row.announced,
      version: BigInt(row.version),
    }),
  );

const sendingRow = z
  .object({
    id: z.string(),
    incident: z.string(),
    rule: z.string(),
    receiver: z.string(),
    kind: z.enum(['opened', 'closed', 'corrected']),
    created_ms: time,
    body: z.string(),
    attempts: z.number(),
    next_attempt_ms: time,
    error: z.string(),
  })
  .transform(
    (row): Sending => ({
      id: row.id,
      incident: row.incident,
      rule: row.rule,
      receiver: row.receiver,
      kind: row.kind,
      createdMs: row.created_ms,
      body: row.body,
      fate: 'waiting',
      attempts: row.attempts,
      nextAttemptMs: row.next_attempt_ms,
      settledMs: undefined,
      error: row.error,
    }),
  );

export type AlertStore = ReturnType<typeof createAlertStore>;

export function createAlertStore(client: ClickHouseClient) {
  async function read<Row extends z.ZodType>(
    query: string,
    params: Readonly<Record<string, unknown>>,
    row: Row,
    signal: AbortSignal,
  ): Promise<z.output<Row>[]> {
    try {
      const answer = await client.query({
        query,
        query_params: params,
        format: 'JSONEachRow',
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
        abort_signal: signal,
      });
      return z.array(row).parse(await answer.json());
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof z.ZodError ? error : asStoreError(error);
    }
  }

  async function insert(table: string, values: readonly Readonly<Record<string, unknown>>[], signal: AbortSignal): Promise<void> {
    try {
      for (let from = 0; from < values.length; from += CHUNK)
        await client.insert({ table, values: values.slice(from, from + CHUNK), format: 'JSONEachRow', abort_signal: signal });
    } catch (error) {
      signal.throwIfAborted();
      throw asStoreError(error);
    }
  }

  return {
    /** Incidents that are open, and those of which the end is still to be said. */
    live: (signal: AbortSignal): Promise<Incident[]> =>
      read(
        `SELECT id, rule, severity, site, router, object, toUnixTimestamp64Milli(started_at) AS started_ms,
           toUnixTimestamp64Milli(detected_at) AS detected_ms, toUnixTimestamp64Milli(closed_at) AS closed_ms, close_reason, value,
           closing_value, unit, summary, detail, suppressed_by, announced, toString(version) AS version
         FROM incidents FINAL
         WHERE closed_at IS NULL OR announced = 1
         ORDER BY started_at, id`,
        {},
        incidentRow,
        signal,
      ),

    putIncidents: (incidents: readonly Incident[], signal: AbortSignal): Promise<void> =>
      insert(
        'incidents',
        incidents.map((incident) => ({
          started_at: iso(incident.startedMs),
          id: incident.id,
          rule: incident.rule,
          severity: incident.severity,
          site: incident.site,
          router: incident.router,
          object: incident.object,
          detected_at: iso(incident.detectedMs),
          closed_at: incident.closedMs === undefined ? null : iso(incident.closedMs),
          close_reason: incident.closeReason ?? '',
          value: incident.value,
          closing_value: incident.closingValue ?? null,
          unit: incident.unit,
          summary: incident.summary,
          detail: JSON.stringify(incident.detail),
          suppressed_by: incident.suppressedBy,
          announced: incident.announced,
          version: String(incident.version),
        })),
        signal,
      ),

    /** Queues notifications; one that was queued before stays what it has become. */
    queue: (notifications: readonly Notification[], signal: AbortSignal): Promise<void> =>
      insert(
        'notifications',
        notifications.map((notification) =>
          sendingValues({
            ...notification,
            fate: 'waiting',
            attempts: 0,
            nextAttemptMs: notification.createdMs,
            settledMs: undefined,
            error: '',
          }),
        ),
        signal,
      ),

    /** Notifications whose next attempt is due, those first that were tried least. */
    due: (nowMs: number, limit: number, signal: AbortSignal): Promise<Sending[]> =>
      read(
        `SELECT id, incident, rule, receiver, kind, toUnixTimestamp64Milli(created_at) AS created_ms, body, attempts,
           toUnixTimestamp64Milli(next_attempt_at) AS next_attempt_ms, error
         FROM notifications FINAL
         WHERE fate = 'waiting' AND next_attempt_at <= fromUnixTimestamp64Milli({now_ms:Int64}, 'UTC')
         ORDER BY attempts, created_at, id LIMIT {limit:UInt32}`,
        { now_ms: nowMs, limit },
        sendingRow,
        signal,
      ),

    /** Notifications that wait, whether due or not, by receiver. */
    waiting: (signal: AbortSignal): Promise<{ receiver: string; waiting: number }[]> =>
      read(
        `SELECT receiver, count() AS waiting FROM notifications FINAL WHERE fate = 'waiting' GROUP BY receiver ORDER BY receiver`,
        {},
        z.object({ receiver: z.string(), waiting: z.number() }),
        signal,
      ),

    /** Puts on record what has become of notifications. */
    settle: (sendings: readonly Sending[], signal: AbortSignal): Promise<void> =>
      insert('notifications', sendings.map(sendingValues), signal),

    /** When the rules that fail began to. */
    failures: (signal: AbortSignal): Promise<{ rule: string; since_ms: number }[]> =>
      read(
        `SELECT rule, toUnixTimestamp64Milli(assumeNotNull(failing_since)) AS since_ms FROM alert_rule_states FINAL WHERE failing_since IS NOT NULL`,
        {},
        z.object({ rule: z.string(), since_ms: time }),
        signal,
      ),

    putStates: (states: readonly RuleState[], signal: AbortSignal): Promise<void> =>
      insert(
        'alert_rule_states',
        states.map((state) => ({
          rule: state.rule,
          evaluated_at: iso(state.evaluatedMs),
          duration_ms: state.durationMs,
          parts: state.parts,
          open: state.open,
          pending: state.pending,
          error: state.error,
          failing_since: state.failingSinceMs === undefined ? null : iso(state.failingSinceMs),
          version: String(BigInt(state.evaluatedMs) * 1000n),
        })),
        signal,
      ),
  };
}

function sendingValues(sending: Sending): Record<string, unknown> {
  return {
    id: sending.id,
    incident: sending.incident,
    rule: sending.rule,
    receiver: sending.receiver,
    kind: sending.kind,
    created_at: iso(sending.createdMs),
    body: sending.body,
    fate: sending.fate,
    attempts: sending.attempts,
    next_attempt_at: iso(sending.nextAttemptMs),
    settled_at: sending.settledMs === undefined ? null : iso(sending.settledMs),
    error: sending.error,
    version: String(SETTLED_VERSION[sending.fate] + BigInt(sending.attempts)),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
