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
  /** Once per router, collector and attribute, as far as memory for that goes. */
  unreadable(target: RouterTarget, collector: string, attribute: string): void;
}

/** A whole site going down is one line of news, not hundreds. */
const LINES_PER_WINDOW = 20;
/** A version that writes an attribute in a new way has it on many routers. */
const UNREADABLE_LINES_PER_WINDOW = 5;
const WINDOW_MS = 10_000;
/** Unreadable attributes that are remembered as logged; further ones are only counted. */
const UNREADABLE_MAX = 10_000;

export function createRouterLog(log: PollerLog, monotonicMs: () => number): RouterLog {
  const unreadable = new Set<string>();
  const admit = admission(LINES_PER_WINDOW, 'more routers changed their state than are logged');
  const admitUnreadable = admission(UNREADABLE_LINES_PER_WINDOW, 'more values could not be read than are logged');

  /** Returns what says whether a line more may be logged. Of those that may not, the next window tells the number. */
  function admission(linesMax: number, message: string): () => boolean {
    let windowEndMs = 0;
    let lines = 0;
    let suppressed = 0;
    return () => {
      const nowMs = monotonicMs();
      if (nowMs >= windowEndMs) {
        if (suppressed > 0) log.warn({ suppressed }, message);
        windowEndMs = nowMs + WINDOW_MS;
        lines = 0;
        suppressed = 0;
      }
      lines++;
      if (lines <= linesMax) return true;
      suppressed++;
      return false;
    };
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
    unreadable({ site, name }, collector, attribute) {
      const key = `${site}\n${name}\n${collector}\n${attribute}`;
      if (unreadable.has(key) || unreadable.size >= UNREADABLE_MAX || !admitUnreadable()) return;
      unreadable.add(key);
      log.warn({ site, router: name, collector, attribute }, 'a value could not be read; it is stored as absent');
    },
  };
}
