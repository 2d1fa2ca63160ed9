/** Errors of the API as application/problem+json (RFC 9457). */
import type { ProblemDetails } from './schemas.ts';

const TITLES = {
  400: 'Invalid parameter',
  403: 'Forbidden',
  404: 'Not found',
  500: 'Internal error',
  503: 'Store unavailable',
} as const;
type ProblemStatus = keyof typeof TITLES;

/** Thrown by a route to answer with a problem. */
export class Problem extends Error {
  readonly status: ProblemStatus;
  readonly parameter: string | undefined;

  /** @param detail what went wrong, and what to try */
  constructor(status: ProblemStatus, detail: string, options: { parameter?: string; cause?: unknown } = {}) {
    super(detail, { cause: options.cause });
    this.name = 'Problem';
    this.status = status;
    this.parameter = options.parameter;
  }
}

/** The body of a problem's answer. */
export function problemDetails(problem: Problem): ProblemDetails {
  const { status, message, parameter } = problem;
  return {
    type: 'about:blank',
    title: TITLES[status],
    status,
    detail: message,
    ...(parameter === undefined ? {} : { parameter }),
  };
}

/** The answer to send for a problem. */
export function problemResponse(problem: Problem): Response {
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  if (problem.status === 503) headers.set('retry-after', '5');
  return new Response(JSON.stringify(problemDetails(problem)), { status: problem.status, headers });
}
