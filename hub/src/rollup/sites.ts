/** What statements of the background work are about: many sites at once, because each takes long to plan. Pure. */
import type { SiteRange } from './marks.ts';

/** A range of several sites: from fromMs up to toMs. */
export interface SitesRange {
  readonly sites: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
}

const NAMES_BYTES_MAX = 4096;

/** Names of sites, so many at a time that they have room in the address of a request. */
export function chunksOf(sites: readonly string[]): string[][] {
  const parts: { names: string[]; bytes: number }[] = [];
  for (const site of sites) {
    const bytes = encodeURIComponent(`'${site}',`).length;
    const open = parts.at(-1);
    if (open !== undefined && open.bytes + bytes <= NAMES_BYTES_MAX) {
      open.names.push(site);
      open.bytes += bytes;
    } else parts.push({ names: [site], bytes });
  }
  return parts.map(({ names }) => names);
}

/** Divides sites so that each part looks at rowsMax rows at most, or is one site. */
export function portions(sites: readonly string[], rowsOf: (site: string) => number, rowsMax: number): string[][] {
  const parts: { sites: string[]; rows: number }[] = [];
  for (const site of sites) {
    const rows = rowsOf(site);
    const open = parts.at(-1);
    if (open !== undefined && open.rows + rows <= rowsMax) {
      open.sites.push(site);
      open.rows += rows;
    } else parts.push({ sites: [site], rows });
  }
  return parts.map((part) => part.sites);
}

/** Joins the ranges of sites that are the same, in the order in which they first come. */
export function joinSites(ranges: readonly SiteRange[]): SitesRange[] {
  const same = Map.groupBy(ranges, ({ fromMs, toMs }) => `${fromMs} ${toMs}`);
  return [...same.values()].flatMap((group) => {
    const { fromMs = 0, toMs = 0 } = group[0] ?? {};
    return chunksOf(group.map(({ site }) => site)).map((sites) => ({ sites, fromMs, toMs }));
  });
}
