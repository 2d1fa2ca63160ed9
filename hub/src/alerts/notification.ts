/** What is said about incidents, and to whom. Pure. */
import { fits } from './glob.ts';
import { ANNOUNCED, hashOf, type Incident } from './incident.ts';
import { type AlertRule, SEVERITIES, type Severity } from './rule.ts';

export type NotificationKind = 'opened' | 'closed' | 'corrected';

export interface Notification {
  /** The same for the same incident, kind and receiver, on every hub. */
  readonly id: string;
  readonly incident: string;
  readonly rule: string;
  readonly receiver: string;
  readonly kind: NotificationKind;
  /** Hub's clock, Unix ms. */
  readonly createdMs: number;
  /** What is sent: JSON of a Message. */
  readonly body: string;
}

/** Which incidents a receiver hears of. */
export interface Interest {
  readonly name: string;
  /** The least one. */
  readonly severity: Severity;
  /** Patterns; none: every site, every rule. */
  readonly sites: readonly string[];
  readonly rules: readonly string[];
}

/** The body of a notification. Times are ISO 8601, UTC. Only ever extended. */
export interface Message {
  readonly id: string;
  readonly kind: NotificationKind;
  readonly created_at: string;
  readonly incident: {
    readonly id: string;
    readonly rule: string;
    readonly description: string;
    readonly severity: Severity;
    readonly site: string;
    readonly router: string;
    readonly object: string;
    readonly summary: string;
    readonly value: number;
    readonly closing_value: number | null;
    readonly unit: string;
    readonly started_at: string;
    readonly detected_at: string;
    readonly closed_at: string | null;
    readonly close_reason: string | null;
    readonly detail: Readonly<Record<string, string>>;
    /** The viewer's page; null where the hub does not know its own address. */
    readonly url: string | null;
  };
}

/** What must be said of an incident now; undefined when nothing must. */
export function dueKind(incident: Incident): NotificationKind | undefined {
  const { announced, closedMs, closeReason, suppressedBy } = incident;
  if (closedMs === undefined) return announced === ANNOUNCED.nothing && suppressedBy === '' ? 'opened' : undefined;
  if (announced !== ANNOUNCED.opening) return undefined;
  return closeReason === 'withdrawn' ? 'corrected' : 'closed';
}

/** Notifications of an incident, one per receiver that wants to hear of it. */
export function notificationsOf(
  incident: Incident,
  kind: NotificationKind,
  {
    rule,
    interests,
    viewerUrl,
    atMs,
  }: {
    /** undefined when the rule is gone. */
    readonly rule: Pick<AlertRule, 'description'> | undefined;
    readonly interests: readonly Interest[];
    readonly viewerUrl: string | undefined;
    readonly atMs: number;
  },
): Notification[] {
  return interests
    .filter(
      ({ severity, sites, rules }) =>
        SEVERITIES.indexOf(incident.severity) >= SEVERITIES.indexOf(severity) &&
        fits(incident.site, sites) &&
        fits(incident.rule, rules),
    )
    .map(({ name }) => {
      const id = hashOf([incident.id, kind, name]);
      const message: Message = {
        id,
        kind,
        created_at: new Date(atMs).toISOString(),
        incident: {
          id: incident.id,
          rule: incident.rule,
          description: rule?.description ?? '',
          severity: incident.severity,
          site: incident.site,
          router: incident.router,
          object: incident.object,
          summary: incident.summary,
          value: incident.value,
          closing_value: incident.closingValue ?? null,
          unit: incident.unit,
          started_at: new Date(incident.startedMs).toISOString(),
          detected_at: new Date(incident.detectedMs).toISOString(),
          closed_at: incident.closedMs === undefined ? null : new Date(incident.closedMs).toISOString(),
          close_reason: incident.closeReason ?? null,
          detail: incident.detail,
          url: viewerUrl === undefined ? null : `${viewerUrl.replace(/\/$/, '')}/alerts`,
        },
      };
      return {
        id,
        incident: incident.id,
        rule: incident.rule,
        receiver: name,
        kind,
        createdMs: atMs,
        body: JSON.stringify(message),
      };
    });
}
