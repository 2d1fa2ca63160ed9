/** Incidents: what they are, and how one explains another. Pure. */
import { createHash } from 'node:crypto';
import type { AlertRule, Severity } from './rule.ts';

/** What an incident is about: a site as a whole where the router is empty, a router as a whole where the object is. */
export interface Subject {
  readonly site: string;
  readonly router: string;
  readonly object: string;
}

export type CloseReason = 'cleared' | 'no_data' | 'withdrawn' | 'rule_removed';

/** What was said about it: nothing, that it opened, and that it closed too. What was never said to open is never said to close. */
export const ANNOUNCED = { nothing: 0, opening: 1, end: 2 } as const;

export interface Incident extends Subject {
  readonly id: string;
  readonly rule: string;
  readonly severity: Severity;
  /** Time of the value that it began with, Unix ms. */
  readonly startedMs: number;
  /** Hub's clock, Unix ms. */
  readonly detectedMs: number;
  /** Time of the first value that was well again, Unix ms. */
  readonly closedMs: number | undefined;
  readonly closeReason: CloseReason | undefined;
  readonly value: number;
  readonly closingValue: number | undefined;
  readonly unit: string;
  readonly summary: string;
  readonly detail: Readonly<Record<string, string>>;
  /** Why nobody is told: an incident's id, `rule:NAME` or `maintenance:NAME`; empty when nothing keeps it quiet. */
  readonly suppressedBy: string;
  readonly announced: (typeof ANNOUNCED)[keyof typeof ANNOUNCED];
  /** Of its row: the highest wins. */
  readonly version: bigint;
}

/** The same for the same rule, subject and beginning, on every hub. */
export function incidentId(rule: string, { site, router, object }: Subject, startedMs: number): string {
  return hashOf([rule, site, router, object, startedMs]);
}

/** 128 bits of a hash over the parts, as hex. */
export function hashOf(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Names a subject within a rule. */
export function subjectKey({ site, router, object }: Subject): string {
  return JSON.stringify([site, router, object]);
}

/** True when trouble with one subject includes the other: a site its routers, a router what it has. */
export function includes(whole: Subject, part: Subject): boolean {
  if (whole.site !== part.site) return false;
  return whole.router === '' || (whole.router === part.router && (whole.object === '' || whole.object === part.object));
}

/** The summary of a rule with its words filled in: one line, whatever routers say. */
export function summaryOf(
  rule: Pick<AlertRule, 'summary' | 'unit'>,
  { site, router, object }: Subject,
  value: number,
  fields: Readonly<Record<string, string>>,
): string {
  const words: Readonly<Record<string, string>> = {
    ...fields,
    site,
    router,
    object,
    value: numberText(value),
    unit: rule.unit,
  };
  return rule.summary
    .replaceAll(/\{(\w+)\}/g, (placeholder, word: string) => (Object.hasOwn(words, word) ? (words[word] ?? '') : placeholder))
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

function numberText(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) < 10 ? 2 : 1)));
}
