/** Shapes of what the API says about completeness: gaps and the reconciliation of a day. */
import { z } from '@hono/zod-openapi';
import { ROUTER, SITE } from './schemas.ts';

const timeMs = (description: string) => z.number().int().describe(`${description}, Unix ms`);
const count = (description: string) => z.number().int().nonnegative().describe(description);

export const GapCause = z
  .enum(['router', 'overrun', 'agent', 'delivery', 'not_polled'])
  .describe(
    'router: its polls failed. overrun: the agent was still busy with the visit before. agent: the agent made no polls at all, because it was ' +
      'stopped, restarted or stalled, or because nothing has come from it yet. delivery: polls were made and did not arrive; they were given up, or still ' +
      'wait in the spool. not_polled: the agent polled others and nothing is missing, so that the router was not configured',
  )
  .openapi('GapCause');
export type GapCause = z.infer<typeof GapCause>;

export const Gap = z
  .object({
    site: SITE,
    router: ROUTER,
    from_ms: timeMs('Last sample before the gap; the first poll where there never was one'),
    to_ms: timeMs('First sample after the gap; the end of the range, or now, while it is open'),
    open: z.boolean().describe('No sample has come since'),
    cause: GapCause,
    detail: z
      .string()
      .describe(
        'router: the commonest outcome. delivery: why batches were skipped, or missing. agent: restarted, stalled or silent',
      ),
    agent: z.string().describe('Agent that made the last sample'),
    failed_polls: count('Failed polls of the router within the gap, from an hour before the range on'),
    missing_polls: count("Numbers missing among all of the agent's polls in that time"),
  })
  .openapi('Gap');
export type Gap = z.infer<typeof Gap>;

export const GapList = z
  .object({
    from_ms: timeMs('Start of the range'),
    to_ms: timeMs('End of the range, exclusive'),
    gaps: z.array(Gap).describe('Those that overlap the range, the open ones and the longest first'),
    truncated: z.boolean().describe('There are more: ask for a shorter range, or for one site'),
    sql: z.string().describe('The statement behind it, ready to paste into a ClickHouse client'),
  })
  .openapi('GapList');
export type GapList = z.infer<typeof GapList>;

export const TableBalance = z
  .object({
    table: z.string().describe('Table of ClickHouse'),
    declared: count('Rows that the polls of the day say they have there'),
    stored: count('Rows that are there'),
  })
  .openapi('TableBalance');
export type TableBalance = z.infer<typeof TableBalance>;

export const AgentBalance = z
  .object({
    agent: z.string().describe('Name of the agent'),
    adds_up: z.boolean().describe('Every declared row is stored, no more, and every missing poll is explained'),
    rows_different: z.number().int().describe('Sum over the tables of what is missing or too much'),
    polls: z.object({
      counted: count('Polls that the agent numbered, as far as the stored ones tell: stored and missing'),
      stored: count('Polls that are stored'),
      missing: count('Numbers between stored polls of one run that are not stored'),
      explained: count('Those of them that lie in batches on record as rejected or skipped'),
    }),
    tables: z.array(TableBalance),
    batches: z
      .object({
        stored: count('Stored'),
        rejected: count('Rejected; their bytes are in dead_letters'),
        skipped: count('Given up by the agent'),
        rows: count('Rows of the stored ones, polls included'),
      })
      .describe('Batches that were sealed on the day'),
  })
  .openapi('AgentBalance');
export type AgentBalance = z.infer<typeof AgentBalance>;

export const Reconciliation = z
  .object({
    day: z.string().describe('UTC, YYYY-MM-DD'),
    from_ms: timeMs('Start of the day'),
    to_ms: timeMs('End of the day, exclusive; on the running day what was polled a minute ago'),
    expired: z.boolean().describe('Rows of the day are not kept any more, so nothing is compared: there are no agents'),
    agents: z.array(AgentBalance).describe('Agents with polls or batches on the day, by name'),
    sql: z.string().describe('The statement that counts the rows, ready to paste into a ClickHouse client'),
  })
  .openapi('Reconciliation');
export type Reconciliation = z.infer<typeof Reconciliation>;
