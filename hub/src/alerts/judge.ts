/** What an evaluation of a rule means for its incidents. Pure: findings and open incidents in, changed incidents out. */
import type { Finding } from './finding.ts';
import {
  ANNOUNCED,
  type CloseReason,
  type Incident,
  incidentId,
  includes,
  type Subject,
  subjectKey,
  summaryOf,
} from './incident.ts';
import { type MaintenanceWindow, maintenanceOf } from './maintenance.ts';
import type { AlertRule } from './rule.ts';

/** A problem that does not last long enough yet. */
export type Pending = Subject;

export interface Evaluation {
  readonly rule: AlertRule;
  /** When, hub's clock, Unix ms. */
  readonly atMs: number;
  readonly findings: readonly Finding[];
  /** Incidents of the rule that are open. */
  readonly open: readonly Incident[];
}

/** What may explain incidents: those that are open, and what may become one; both by causeKey of their rule and site. */
export interface Causes {
  readonly open: ReadonlyMap<string, readonly Incident[]>;
  readonly pending: ReadonlyMap<string, readonly Pending[]>;
  readonly maintenance: readonly MaintenanceWindow[];
}

/** Names what a rule says of a site. */
export function causeKey(rule: string, site: string): string {
  return JSON.stringify([rule, site]);
}

export interface Judgement {
  /** Incidents that opened or closed, with a version of their own. */
  readonly changed: readonly Incident[];
  readonly pending: readonly Pending[];
}

/** Judges one evaluation. What an open parent includes is not closed for want of data: nothing is heard of it because of that parent. */
export function judge({ rule, atMs, findings, open }: Evaluation, causes: Causes): Judgement {
  const changed: Incident[] = [];
  const pending: Pending[] = [];
  const found = new Map(findings.map((finding) => [subjectKey(finding), finding]));
  const known = new Set<string>();
  // Two hubs that began at once may have opened one under two names: the earlier beginning stays.
  for (const incident of [...open].sort((a, b) => a.startedMs - b.startedMs || (a.id < b.id ? -1 : 1))) {
    const key = subjectKey(incident);
    if (known.has(key)) {
      changed.push(closed(incident, 'withdrawn', incident.startedMs, undefined, atMs));
      continue;
    }
    known.add(key);
    const finding = found.get(key);
    if (finding === undefined) {
      if (parentOf(rule, incident, causes) === undefined) changed.push(closed(incident, 'no_data', atMs, undefined, atMs));
      continue;
    }
    const end = endOf(rule, incident, finding);
    if (end !== undefined) changed.push(closed(incident, end.reason, end.atMs, finding.newestValue, atMs));
  }
  for (const finding of findings) {
    if (known.has(subjectKey(finding)) || finding.lastFireMs === 0 || isOver(rule, finding)) continue;
    const { site, router, object } = finding;
    if (finding.lastFireMs - finding.runStartMs < rule.forMs) pending.push({ site, router, object });
    else changed.push(opened(rule, finding, atMs));
  }
  return { changed, pending };
}

function opened(rule: AlertRule, finding: Finding, atMs: number): Incident {
  const { site, router, object, runStartMs, firedValue, fields } = finding;
  const subject = { site, router, object };
  return {
    id: incidentId(rule.name, subject, runStartMs),
    rule: rule.name,
    severity: rule.severity,
    ...subject,
    startedMs: runStartMs,
    detectedMs: atMs,
    closedMs: undefined,
    closeReason: undefined,
    value: firedValue,
    closingValue: undefined,
    unit: rule.unit,
    summary: summaryOf(rule, subject, firedValue, fields),
    detail: fields,
    suppressedBy: '',
    announced: ANNOUNCED.nothing,
    version: versionAfter(0n, atMs),
  };
}

/** When and why an incident is over, as far as the values tell. */
function endOf(
  rule: AlertRule,
  incident: Incident,
  finding: Finding,
): { readonly reason: CloseReason; readonly atMs: number } | undefined {
  if (finding.isWithdrawn && finding.lastFireMs < incident.startedMs) return { reason: 'withdrawn', atMs: incident.startedMs };
  if (!isOver(rule, finding)) return undefined;
  return { reason: 'cleared', atMs: Math.max(finding.clearMs, incident.startedMs) };
}

/** True when values have been well again for long enough. */
function isOver({ keepMs }: AlertRule, { clearMs, lastClearMs, lastFireMs }: Finding): boolean {
  // Without a value that fires in the window, the problem is over for as long as the window is.
  return clearMs > 0 && (lastFireMs === 0 || lastClearMs - clearMs >= keepMs);
}

/** An incident that is over. */
export function closed(
  incident: Incident,
  closeReason: CloseReason,
  closedMs: number,
  closingValue: number | undefined,
  atMs: number,
): Incident {
  return { ...incident, closedMs, closeReason, closingValue, version: versionAfter(incident.version, atMs) };
}

/** The same incident with another word on why nobody is told of it, or undefined when that stays. */
export function resuppressed(
  rule: AlertRule | undefined,
  incident: Incident,
  causes: Causes,
  atMs: number,
): Incident | undefined {
  const suppressedBy = rule === undefined ? '' : causeOf(rule, incident, causes, atMs);
  if (suppressedBy === incident.suppressedBy) return undefined;
  return { ...incident, suppressedBy, version: versionAfter(incident.version, atMs) };
}

/** The same incident after its opening or its end was said. */
export function announcedAs(incident: Incident, announced: Incident['announced'], atMs: number): Incident {
  return { ...incident, announced, version: versionAfter(incident.version, atMs) };
}

function causeOf(rule: AlertRule, subject: Subject, causes: Causes, atMs: number): string {
  const parent = parentOf(rule, subject, causes);
  if (parent !== undefined) return parent.id;
  const pending = rule.parents.find((name) =>
    causes.pending.get(causeKey(name, subject.site))?.some((whole) => includes(whole, subject)),
  );
  if (pending !== undefined) return `rule:${pending}`;
  const window = maintenanceOf(causes.maintenance, subject, atMs);
  return window === undefined ? '' : `maintenance:${window.name}`;
}

/** The open incident that explains one of this rule: by the order of its parents. */
function parentOf(rule: AlertRule, subject: Subject, { open }: Pick<Causes, 'open'>): Incident | undefined {
  for (const name of rule.parents) {
    const parent = open.get(causeKey(name, subject.site))?.find((incident) => includes(incident, subject));
    if (parent !== undefined) return parent;
  }
  return undefined;
}

/** A version higher than another: microseconds of the hub's clock, as long as that runs forwards. */
function versionAfter(version: bigint, atMs: number): bigint {
  const now = BigInt(atMs) * 1000n;
  return now > version ? now : version + 1n;
}
