import type { Gap, GapCause } from '@poplar/hub/api/gap-schemas';

/** Gaps of one site with one cause. */
export interface GapGroup {
  readonly key: string;
  readonly site: string;
  readonly cause: GapCause;
  /** What the gaps say beyond the cause, the commonest first. */
  readonly details: readonly string[];
  readonly gaps: number;
  readonly routers: number;
  readonly open: number;
  /** The longest one, ms. */
  readonly longestMs: number;
  /** Start of the first one, Unix ms. */
  readonly sinceMs: number;
}

const WORDS: Readonly<Record<GapCause, string>> = {
  router: 'router does not answer',
  overrun: 'visits take too long',
  agent: 'agent polled nothing',
  delivery: 'polls did not arrive',
  not_polled: 'not polled any more',
};

/** A cause in words. */
export function causeWords(cause: GapCause): string {
  return WORDS[cause];
}

/** Groups gaps by site and cause: what is open first, then by the routers they concern. */
export function groupGaps(gaps: readonly Gap[]): GapGroup[] {
  const groups = Map.groupBy(gaps, ({ site, cause }) => JSON.stringify([site, cause]));
  return [...groups]
    .flatMap(([key, group]) => {
      const [first] = group;
      return first === undefined ? [] : [groupOf(key, first, group)];
    })
    .sort((left, right) => right.open - left.open || right.routers - left.routers || left.key.localeCompare(right.key));
}

function groupOf(key: string, { site, cause }: Gap, gaps: readonly Gap[]): GapGroup {
  const details = [...Map.groupBy(gaps, ({ detail }) => detail)].filter(([detail]) => detail !== '' && detail !== cause);
  return {
    key,
    site,
    cause,
    details: details.sort(([, left], [, right]) => right.length - left.length).map(([detail]) => detail),
    gaps: gaps.length,
    routers: new Set(gaps.map(({ router }) => router)).size,
    open: gaps.filter(({ open }) => open).length,
    longestMs: Math.max(...gaps.map(({ from_ms, to_ms }) => to_ms - from_ms)),
    sinceMs: Math.min(...gaps.map(({ from_ms }) => from_ms)),
  };
}
