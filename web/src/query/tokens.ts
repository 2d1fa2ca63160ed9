import type { RouterSummary } from '@poplar/hub/api/schemas';

/** One condition of a query; all of them must hold. */
export interface Term {
  /** As it was typed, for the chip that removes it. */
  readonly text: string;
  readonly matches: (router: RouterSummary) => boolean;
}

/** A query as typed in the box. */
export interface Query {
  readonly terms: readonly Term[];
  /** What could not be understood, in words for the person who typed it. */
  readonly problems: readonly string[];
}

type TextOf = (router: RouterSummary) => string;
type NumberOf = (router: RouterSummary) => number | null;

const TEXT_KEYS: Readonly<Record<string, TextOf>> = {
  site: (router) => router.site,
  state: (router) => router.state,
  outcome: (router) => router.outcome,
  agent: (router) => router.agent,
  name: (router) => router.router,
  identity: (router) => router.identity ?? '',
  address: (router) => router.address,
  arch: (router) => router.architecture,
  model: (router) => router.board,
  problem: (router) => router.error,
};

const NUMBER_KEYS: Readonly<Record<string, NumberOf>> = {
  cpu: (router) => router.cpu_load_pct,
  memory: (router) => (router.memory_used_ratio === null ? null : router.memory_used_ratio * 100),
  clients: (router) => router.radio_clients,
  in: (router) => router.rx_bps,
  out: (router) => router.tx_bps,
  uptime: (router) => (router.uptime_ms === null ? null : router.uptime_ms / 1000),
};

/** Keys that are found by a part of the value; the others want the whole of it, or a pattern with `*` and `?`. */
const PART_KEYS = new Set(['name', 'identity', 'address', 'problem', 'model']);

/** Every key the box knows, in the order the help shows them. */
export const QUERY_KEYS: readonly string[] = [
  'site',
  'state',
  'model',
  'ros',
  'name',
  'identity',
  'address',
  'agent',
  'arch',
  'outcome',
  'problem',
  ...Object.keys(NUMBER_KEYS),
];

const WORD = /(?:[^\s"]|"[^"]*"?)+/g;
const KEYED = /^([a-z]+):(.*)$/is;
const COMPARED = /^(<=|>=|<|>|=)?(.*)$/s;
const SCALES: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
const TIMES: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A test for text: whole or part, `*` and `?` as in file names, any case. */
function textTest(wanted: string, part: boolean): (text: string) => boolean {
  const plain = wanted.toLowerCase();
  if (!/[*?]/.test(plain)) return part ? (text) => text.toLowerCase().includes(plain) : (text) => text.toLowerCase() === plain;
  const pattern = new RegExp(`^${escaped(plain).replaceAll('\\*', '.*').replaceAll('\\?', '.')}$`, 's');
  return (text) => pattern.test(text.toLowerCase());
}

function versionNumbers(version: string): readonly number[] {
  const found = /^\s*v?(\d+(?:\.\d+)*)/.exec(version);
  return found?.[1]?.split('.').map(Number) ?? [];
}

/** Compares as many parts as `wanted` names: 7.16.2 equals 7.16, 7.9 is less than 7.16. */
export function compareVersion(version: string, wanted: string): number | null {
  const have = versionNumbers(version);
  const want = versionNumbers(wanted);
  if (have.length === 0 || want.length === 0) return null;
  for (const [index, part] of want.entries()) {
    const difference = (have[index] ?? 0) - part;
    if (difference !== 0) return difference;
  }
  return 0;
}

function compares(operator: string, difference: number): boolean {
  switch (operator) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
    default:
      return difference === 0;
  }
}

/** Reads `80`, `80%`, `1.5M` (SI), and for uptime `12h`. */
function parseAmount(text: string, key: string): number | null {
  const found = /^(-?\d+(?:\.\d+)?)\s*([a-z%]?)$/i.exec(text.trim());
  if (found === null) return null;
  const amount = Number(found[1]);
  const suffix = (found[2] ?? '').toLowerCase();
  if (suffix === '' || suffix === '%') return amount;
  const scale = (key === 'uptime' ? TIMES : SCALES)[suffix];
  return scale === undefined ? null : amount * scale;
}

type Test = (router: RouterSummary) => boolean;

function keyedTest(key: string, value: string): Test | string {
  const read = TEXT_KEYS[key];
  if (read !== undefined) {
    const tests = value.split(',').map((wanted) => textTest(wanted, PART_KEYS.has(key)));
    return (router) => tests.some((test) => test(read(router)));
  }
  const [, operator = '=', wanted = ''] = COMPARED.exec(value) ?? [];
  if (key === 'ros') {
    if (versionNumbers(wanted).length === 0) return `“${key}:${value}” wants a version, for example ros:7 or ros:<7.16`;
    return (router) => {
      const difference = compareVersion(router.version, wanted);
      return difference !== null && compares(operator, difference);
    };
  }
  const measure = NUMBER_KEYS[key];
  if (measure === undefined) return `“${key}:” is not a filter; there are ${QUERY_KEYS.join(', ')}`;
  const amount = parseAmount(wanted, key);
  if (amount === null) return `“${key}:${value}” wants a number, for example ${key}:>80`;
  return (router) => {
    const measured = measure(router);
    return measured !== null && compares(operator, measured - amount);
  };
}

function freeTest(wanted: string): Test {
  const test = textTest(wanted.includes('*') ? `*${wanted}*` : wanted, true);
  return (router) =>
    test(router.router) ||
    test(router.identity ?? '') ||
    test(router.site) ||
    test(router.address) ||
    test(router.board) ||
    test(router.error);
}

/**
 * Reads a query: words that must all be found, and `key:value` filters. `a,b` is either, a leading `-` is not,
 * quotes keep spaces, numbers take `<`, `>`, `<=`, `>=`.
 */
export function parseQuery(text: string): Query {
  const terms: Term[] = [];
  const problems: string[] = [];
  for (const [word] of text.matchAll(WORD)) {
    const negated = word.length > 1 && word.startsWith('-');
    const body = (negated ? word.slice(1) : word).replaceAll('"', '');
    if (body === '') continue;
    const [, key, value] = KEYED.exec(body) ?? [];
    // A key with nothing after it is a filter still being typed.
    if (key !== undefined && value === '') continue;
    const test = key === undefined || value === undefined ? freeTest(body) : keyedTest(key.toLowerCase(), value);
    if (typeof test === 'string') problems.push(test);
    else terms.push({ text: word, matches: negated ? (router) => !test(router) : test });
  }
  return { terms, problems };
}

/** Whether a router is what the query asks for. */
export function matchesQuery(query: Query, router: RouterSummary): boolean {
  return query.terms.every((term) => term.matches(router));
}

/** The text with this `key:value` put in place of any other filter of the key, or taken out when it is there already. */
export function toggleFilter(text: string, key: string, value: string): string {
  const words = [...text.matchAll(WORD)].map(([word]) => word);
  const wanted = `${key}:${value}`;
  const kept = words.filter((word) => !word.toLowerCase().startsWith(`${key}:`));
  return (words.includes(wanted) ? kept : [...kept, wanted]).join(' ');
}
