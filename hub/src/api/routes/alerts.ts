/** Routes about alerts: incidents, and how the rules and receivers fare. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { AlertRule } from '../../alerts/rule.ts';
import { AlertRuleList, type AlertRuleStatus, IncidentList, Severity } from '../alert-schemas.ts';
import type { RouteDeps } from '../deps.ts';
import { Problem } from '../problem.ts';
import { receiverStates, ruleStates } from '../queries/alert-states.ts';
import { incidentPage } from '../queries/incidents.ts';
import { BAD_PARAMETER, json, rangeQuery, STORE_AWAY } from './answers.ts';

const DAY_MS = 24 * 3600_000;
/** Times that ClickHouse can hold, Unix ms. */
const EVER = { fromMs: 0, toMs: Date.UTC(2200, 0, 1) };

const incidentsRoute = createRoute({
  method: 'get',
  path: '/api/v1/incidents',
  summary: 'What was or is wrong, as rules found it, page by page; without a range, of all times',
  request: {
    query: rangeQuery.extend({
      state: z.enum(['open', 'closed', 'all']).default('all').describe('Only those that are open, or closed'),
      site: z.string().default('').describe('Only of this site'),
      router: z.string().default('').describe('Only of this router'),
      rule: z.string().default('').describe('Only of this rule'),
      severity: Severity.optional().describe('Only of this severity or a worse one'),
      cursor: z.string().max(1000).optional().describe('next_cursor of the page before'),
      limit: z.coerce.number().int().min(1).max(5000).default(200).describe('Most incidents on a page'),
    }),
  },
  responses: { 200: json(IncidentList, 'A page of incidents'), ...BAD_PARAMETER, ...STORE_AWAY },
});

const rulesRoute = createRoute({
  method: 'get',
  path: '/api/v1/alert-rules',
  summary: 'Rules with their last evaluation, its cost and its error, and the receivers of notifications',
  responses: { 200: json(AlertRuleList, 'All rules that are turned on'), ...STORE_AWAY },
});

export function addAlertRoutes(app: OpenAPIHono, { reader, alerts, now }: RouteDeps): void {
  app.openapi(incidentsRoute, async (c) => {
    const { from_ms, to_ms, severity, cursor, limit, ...filters } = c.req.valid('query');
    const before = cursor === undefined ? { ms: EVER.toMs, id: '' } : decodeCursor(cursor);
    if (before === undefined)
      throw new Problem(400, 'The cursor is not one of this hub. Start again without it.', { parameter: 'cursor' });
    const severities = severity === undefined ? [] : Severity.options.slice(Severity.options.indexOf(severity));
    const rows = await reader.rows(
      incidentPage,
      {
        ...filters,
        severities,
        from_ms: from_ms ?? EVER.fromMs,
        to_ms: to_ms ?? EVER.toMs,
        before_ms: before.ms,
        before_id: before.id,
        limit: limit + 1,
      },
      c.req.raw.signal,
    );
    const incidents = rows.slice(0, limit).map(({ detail, announced, ...row }) => ({
      ...row,
      detail: z.record(z.string(), z.string()).parse(JSON.parse(detail)),
      announced: announced > 0,
    }));
    const last = rows.length > limit ? incidents.at(-1) : undefined;
    return c.json({ incidents, next_cursor: last === undefined ? null : encodeCursor(last.started_ms, last.id) }, 200);
  });

  app.openapi(rulesRoute, async (c) => {
    const { signal } = c.req.raw;
    if (alerts === undefined) return c.json({ enabled: false, rules: [], receivers: [] }, 200);
    const [states, sent] = await Promise.all([
      reader.rows(ruleStates, {}, signal),
      reader.rows(receiverStates, { since_ms: now() - DAY_MS }, signal),
    ]);
    const receivers = alerts.receivers.map(({ name, kind }) => {
      const state = sent.find(({ receiver }) => receiver === name);
      return {
        name,
        kind,
        severity: alerts.interests.find((interest) => interest.name === name)?.severity ?? 'info',
        waiting: state?.waiting ?? 0,
        delivered: state?.delivered ?? 0,
        given_up: state?.given_up ?? 0,
        error: state?.last_error ?? '',
      };
    });
    const rules = alerts.book.rules.map((rule) =>
      statusOf(
        rule,
        states.find((state) => state.rule === rule.name),
      ),
    );
    return c.json({ enabled: true, rules, receivers }, 200);
  });
}

type RuleStateRow = z.output<(typeof ruleStates)['row']>;

function statusOf(rule: AlertRule, state: RuleStateRow | undefined): AlertRuleStatus {
  const { side, fire, clear } = rule.threshold;
  const [fires, clears] = side === 'above' ? ['>', '<'] : ['<', '>'];
  const unit = rule.unit === '' ? '' : ` ${rule.unit}`;
  return {
    name: rule.name,
    description: rule.description,
    severity: rule.severity,
    state: stateOf(state),
    open: state?.open ?? 0,
    pending: state?.pending ?? 0,
    fire: `${fires} ${fire}${unit}`,
    clear: fire === clear ? `not ${fires} ${fire}${unit}` : `${clears} ${clear}${unit}`,
    for_ms: rule.forMs,
    keep_ms: rule.keepMs,
    window_ms: rule.windowMs,
    every_ms: rule.everyMs,
    parents: [...rule.parents],
    sql: rule.sql,
    place: rule.place,
    evaluated_ms: state?.evaluated_ms ?? null,
    duration_ms: state?.duration_ms ?? null,
    parts: state?.parts ?? 1,
    error: state?.error ?? '',
    failing_since_ms: state?.failing_since_ms ?? null,
  };
}

function stateOf(state: RuleStateRow | undefined): AlertRuleStatus['state'] {
  if (state === undefined) return 'new';
  if (state.error !== '') return 'failing';
  if (state.open > 0) return 'firing';
  return state.pending > 0 ? 'pending' : 'ok';
}

function encodeCursor(startedMs: number, id: string): string {
  return Buffer.from(JSON.stringify([startedMs, id])).toString('base64url');
}

const position = z.tuple([z.number().int(), z.string()]);

/** undefined for text that encodeCursor did not make. */
function decodeCursor(text: string): { readonly ms: number; readonly id: string } | undefined {
  try {
    const [ms, id] = position.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { ms, id };
  } catch {
    return undefined;
  }
}
