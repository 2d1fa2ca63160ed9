import { z } from 'zod';
import { defineQuery } from './query.ts';

/** How the rules fared when they were last evaluated, by whichever hub. */
export const ruleStates = defineQuery({
  name: 'alert_rule_states',
  sql: `
SELECT rule, toUnixTimestamp64Milli(evaluated_at) AS evaluated_ms, duration_ms, parts, open, pending, error,
  toUnixTimestamp64Milli(failing_since) AS failing_since_ms
FROM alert_rule_states FINAL`,
  params: z.object({}),
  row: z.object({
    rule: z.string(),
    evaluated_ms: z.number(),
    duration_ms: z.number(),
    parts: z.number(),
    open: z.number(),
    pending: z.number(),
    error: z.string(),
    failing_since_ms: z.number().nullable(),
  }),
});

/** What became of notifications, by receiver: of those that were settled since a moment, and of all that wait. */
export const receiverStates = defineQuery({
  name: 'alert_receiver_states',
  sql: `
SELECT receiver, countIf(fate = 'waiting') AS waiting, countIf(fate = 'delivered') AS delivered, countIf(fate = 'given_up') AS given_up,
  argMaxIf(error, next_attempt_at, fate = 'waiting' AND error != '') AS last_error
FROM notifications FINAL
WHERE fate = 'waiting' OR settled_at >= fromUnixTimestamp64Milli({since_ms:Int64}, 'UTC')
GROUP BY receiver`,
  params: z.object({ since_ms: z.number() }),
  row: z.object({
    receiver: z.string(),
    waiting: z.number(),
    delivered: z.number(),
    given_up: z.number(),
    last_error: z.string(),
  }),
});
