/** Logs when routers fail and come back: a line per change, not per visit, and a bounded number of lines. */
import type { RouterTarget } from './config.ts';
import { outcomeName } from './outcome.ts';

/** The part of a logger that the poller uses. */
export interface PollerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface RouterLog {
  failed(target: RouterTarget, outcome: number, error: string): void;
  recovered(target: RouterTarget, failedVisits: number): void;
  bug(target: RouterTarget, error: unknown): void;
}

/** A whole site going down is one line of news, not hundreds. */
const LINES_PER_WINDOW = 20;
const WINDOW_MS = 10_000;

export function createRouterLog(log: PollerLog, monotonicMs: () => number): RouterLog {
  let windowEndMs = 0;
  let lines = 0;
  let suppressed = 0;

  function admit(): boolean {
    const nowMs = monotonicMs();
    if (nowMs >= windowEndMs) {
      if (suppressed > 0) log.warn({ suppressed }, 'more routers changed their state than are logged');
      windowEndMs = nowMs + WINDOW_MS;
      lines = 0;
      suppressed = 0;
    }
    lines++;
    if (lines <= LINES_PER_WINDOW) return true;
    suppressed++;
    return false;
  }

  return {
    failed({ site, name }, outcome, error) {
      if (admit()) log.warn({ site, router: name, outcome: outcomeName(outcome), error }, 'router does not answer');
    },
    recovered({ site, name }, failedVisits) {
      if (admit()) log.info({ site, router: name, failed_visits: failedVisits }, 'router answers again');
    },
    bug({ site, name }, error) {
      if (admit()) log.error({ site, router: name, err: error }, 'BUG: a reply was not understood; the visit goes on without it');
    },
  };
}
