/** The parts of route definitions that repeat. */
import { z } from '@hono/zod-openapi';
import { ProblemDetails } from '../schemas.ts';

/** A 200 answer of JSON. */
export function json<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { content: { 'application/json': { schema } }, description };
}

const problem = (description: string) => ({ content: { 'application/problem+json': { schema: ProblemDetails } }, description });

export const STORE_AWAY = { 503: problem('ClickHouse does not answer; try again') };
export const BAD_PARAMETER = { 400: problem('A parameter is wrong; parameter names it') };
export const NO_SUCH_ROUTER = { 404: problem('The hub knows no such router') };

// Times that ClickHouse's hour functions can hold.
const TIME_MIN_MS = Date.UTC(2000, 0, 1);
const TIME_MAX_MS = Date.UTC(2100, 0, 1);

const time = (description: string, example: number) =>
  z.coerce.number().int().min(TIME_MIN_MS).max(TIME_MAX_MS).optional().describe(description).openapi({ example });

/** The range of a request. */
export const rangeQuery = z.object({
  from_ms: time('Start of the range, Unix ms; left out: counted back from the end', 1767222000000),
  to_ms: time('End of the range, exclusive, Unix ms; left out: now', 1767225600000),
});
