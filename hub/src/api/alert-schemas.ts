/** Shapes of the API's answers about alerts. */
import { z } from '@hono/zod-openapi';
import { SITE } from './schemas.ts';

const timeMs = (description: string) => z.number().int().describe(`${description}, Unix ms`);
const count = (description: string) => z.number().int().nonnegative().describe(description);

export const Severity = z.enum(['info', 'warning', 'critical']).openapi('Severity');
export type Severity = z.infer<typeof Severity>;

export const Incident = z
  .object({
    id: z.string().describe('The same in every answer and notification'),
    rule: z.string().describe('Rule that found it'),
    severity: Severity,
    site: SITE,
    router: z.string().describe('Router that it is about; empty where it is the whole site'),
    object: z.string().describe('Interface, sensor, peer, agent …; empty where it is the router or the site'),
    summary: z.string().describe('One line for people'),
    started_ms: timeMs('Time of the value that it began with'),
    detected_ms: timeMs("Evaluation that opened it, hub's clock"),
    closed_ms: timeMs('Time of the first value that was well again').nullable().describe('Null while it is open'),
    close_reason: z
      .enum(['', 'cleared', 'no_data', 'withdrawn', 'rule_removed'])
      .describe(
        'no_data: nothing is heard of the object; withdrawn: late rows took back what it began with; empty while it is open',
      ),
    value: z.number().describe('Value when it opened'),
    closing_value: z.number().nullable().describe('Value when it closed'),
    unit: z.string(),
    detail: z.record(z.string(), z.string()).describe("Further columns of the rule's SELECT"),
    suppressed_by: z
      .string()
      .describe(
        'Why nobody is told: id of the incident that explains it, rule:NAME while that may be opening, maintenance:NAME; empty when nothing does',
      ),
    announced: z.boolean().describe('Its opening was said to the receivers'),
  })
  .openapi('Incident');
export type Incident = z.infer<typeof Incident>;

export const IncidentList = z
  .object({
    incidents: z.array(Incident).describe('The latest beginning first'),
    next_cursor: z.string().nullable().describe('Cursor of the next page; null on the last'),
  })
  .openapi('IncidentList');
export type IncidentList = z.infer<typeof IncidentList>;

export const AlertRuleStatus = z
  .object({
    name: z.string(),
    description: z.string(),
    severity: Severity,
    state: z
      .enum(['new', 'ok', 'pending', 'firing', 'failing'])
      .describe(
        'new: not evaluated yet. pending: a problem does not last long enough yet. failing: the last evaluation failed, error says why',
      ),
    open: count('Incidents that are open'),
    pending: count('Objects with a problem that does not last long enough yet'),
    fire: z.string().describe('When a value is a problem, as “> 90 %”'),
    clear: z.string().describe('When it is well again'),
    for_ms: count('How long before an incident opens, ms'),
    keep_ms: count('How long well again before it closes, ms'),
    window_ms: count('How far back the SELECT looks, ms'),
    every_ms: count('Between two evaluations, ms'),
    parents: z.array(z.string()),
    sql: z.string().describe('The SELECT as it was written'),
    place: z.string().describe('file:line of the SELECT'),
    evaluated_ms: timeMs("Last evaluation, hub's clock").nullable(),
    duration_ms: z.number().nullable().describe('How long ClickHouse took for it, ms'),
    parts: count('Statements that it took: more than one where one met a limit'),
    error: z.string().describe('Why it failed; empty when it did not'),
    failing_since_ms: timeMs('First of the evaluations that failed in a row').nullable(),
  })
  .openapi('AlertRuleStatus');
export type AlertRuleStatus = z.infer<typeof AlertRuleStatus>;

export const AlertReceiver = z
  .object({
    name: z.string(),
    kind: z.enum(['webhook', 'email']),
    severity: Severity.describe('Least severity that it hears of'),
    waiting: count('Notifications that are not delivered yet'),
    delivered: count('Notifications of the last day that were delivered'),
    given_up: count('Notifications of the last day that were given up'),
    error: z.string().describe('Why the newest failed attempt of those that wait failed; empty when none does'),
  })
  .openapi('AlertReceiver');
export type AlertReceiver = z.infer<typeof AlertReceiver>;

export const AlertRuleList = z
  .object({
    enabled: z.boolean().describe('False where alerts are off: there are no rules then'),
    rules: z.array(AlertRuleStatus).describe('Parents before children'),
    receivers: z.array(AlertReceiver),
  })
  .openapi('AlertRuleList');
export type AlertRuleList = z.infer<typeof AlertRuleList>;
