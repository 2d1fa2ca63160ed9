/** What a rule says: which values count, from when on they are a problem, and what else explains it. */

/** From the least to the worst. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Values between the two thresholds change nothing: what fired goes on, what did not does not begin. */
export interface Threshold {
  /** On which side of `fire` a value is a problem. */
  readonly side: 'above' | 'below';
  readonly fire: number;
  /** On the other side of it all is well again; the same as `fire` where a rule has no other. */
  readonly clear: number;
}

export interface AlertRule {
  readonly name: string;
  readonly description: string;
  readonly severity: Severity;
  /** SELECT of ts, site, router, object, value and whatever else the summary names, with `{window}` for the bounds of ts. */
  readonly sql: string;
  /** Of the value; may be empty. */
  readonly unit: string;
  readonly threshold: Threshold;
  /** How long values must have been beyond the threshold, by their own times, ms. */
  readonly forMs: number;
  /** How long values must have been well again before an incident closes, by their own times, ms. */
  readonly keepMs: number;
  /** How far back the SELECT looks, ms: at least forMs and keepMs together. */
  readonly windowMs: number;
  /** Between two evaluations, ms. */
  readonly everyMs: number;
  /** Names of rules whose incidents explain those of this one. */
  readonly parents: readonly string[];
  /** One line for people, with {site}, {router}, {object}, {value}, {unit} and further columns of the SELECT. */
  readonly summary: string;
  /** Where its SQL stands: `file:line`. */
  readonly place: string;
}

/** Columns that every rule's SELECT must have. */
export const COLUMNS = ['ts', 'site', 'router', 'object', 'value'] as const;

/** Words of a summary that are no columns of the SELECT. */
const OWN_WORDS: ReadonlySet<string> = new Set(['site', 'router', 'object', 'value', 'unit']);

/** Names of further columns that a summary wants. */
export function fieldsOfSummary(summary: string): string[] {
  return [...summary.matchAll(/\{(\w+)\}/g)].map(([, word = '']) => word).filter((word) => !OWN_WORDS.has(word));
}

/** The rules with parents before their children. Throws the names of a circle of parents. */
export function parentsFirst(rules: readonly AlertRule[]): AlertRule[] {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const sorted = new Set<AlertRule>();
  function visit(rule: AlertRule, path: readonly string[]): void {
    if (sorted.has(rule)) return;
    if (path.includes(rule.name)) throw new CircleError([...path.slice(path.indexOf(rule.name)), rule.name]);
    for (const name of rule.parents) {
      const parent = byName.get(name);
      if (parent !== undefined) visit(parent, [...path, rule.name]);
    }
    sorted.add(rule);
  }
  for (const rule of rules) visit(rule, []);
  return [...sorted];
}

/** Rules that are each other's parents. */
export class CircleError extends Error {
  override readonly name = 'CircleError';
  constructor(names: readonly string[]) {
    super(`parents in a circle: ${names.join(' → ')}`);
  }
}
