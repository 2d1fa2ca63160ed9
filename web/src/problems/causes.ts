import type { RootCause, RouterState } from '@poplar/hub/api/schemas';
import { routerPath, routersPath } from '../routes.ts';

/** A line of the list of problems: one root cause. */
export interface ProblemLine {
  readonly key: string;
  readonly state: RouterState;
  /** The router, site or agent that it is about. */
  readonly name: string;
  /** What it has come to, in a few words. */
  readonly what: string;
  /** The whole sentence. */
  readonly why: string;
  readonly count: number;
  /** When the first of the routers failed, Unix ms. */
  readonly sinceMs: number | null;
  /** Where exactly these routers are shown. */
  readonly href: string;
}

/** The lines of root causes, in their order. */
export function problemLines(causes: readonly RootCause[]): ProblemLine[] {
  return causes.map((cause) => {
    const { kind, site, router, agent, text, state, routers: count, since_ms: sinceMs } = cause;
    const what =
      kind === 'router'
        ? `${state} · ${site ?? ''}`
        : kind === 'router_behind'
          ? `${state}, ${count - 1} behind it · ${site ?? ''}`
          : `${count} ${count === 1 ? 'router' : 'routers'} ${state}`;
    return {
      key: `${kind}/${site ?? ''}/${router ?? ''}/${agent ?? ''}/${state}/${cause.outcome}`,
      state,
      name: router ?? site ?? agent ?? '',
      what,
      why: text,
      count,
      sinceMs,
      href: hrefOf(cause),
    };
  });
}

function hrefOf({ kind, site, router, agent, state, outcome }: RootCause): string {
  if (site !== null && router !== null) return routerPath(site, router);
  if (kind === 'agent_silent') return routersPath(`agent:${agent ?? ''} state:unknown`);
  if (kind === 'routers' && state !== 'unknown') return routersPath(`site:${site ?? ''} state:${state} outcome:${outcome}`);
  return routersPath(`site:${site ?? ''}${kind === 'routers' ? ` state:${state}` : ''}`);
}
