/** Holds what an outage did against what is allowed. Pure. */
import type { Answer } from './hub-questions.ts';
import type { OutageKind } from './plan.ts';

/** What the hub said of itself at one time; undefined: no answer. */
export interface Asking {
  readonly readyz: Answer | undefined;
  readonly healthz: Answer | undefined;
}

export interface OutageFigures {
  readonly kind: OutageKind;
  /** From the end of the outage to the agent's stream, ms; null: it never came. */
  readonly reconnectMs: number | null;
  /** From the stream to the first poll made after it that the hub shows, ms; null: none was shown. */
  readonly freshVisibleMs: number | null;
  /** Polls made after the reconnect, from their end to their confirmed insert, 99th percentile, ms. */
  readonly freshP99Ms: number | null;
  /** Batches sealed between the beginning of the outage and the reconnect that are stored. */
  readonly backlogBatches: number;
  /** From the reconnect until the last of them was stored, s; null: not all of them are. */
  readonly backlogCompleteS: number | null;
  readonly agentRssNormalMb: number | null;
  readonly agentRssPeakMb: number | null;
  readonly hubRssPeakMb: number | null;
  /** Within the outage, in the order of time. */
  readonly during: readonly Asking[];
  /** When everything was stored. */
  readonly after: Asking;
  /** Left in the hub's answer at the end, by cause. */
  readonly gaps: Readonly<Record<string, number>>;
}

/** The most that figures may be, by their keys in the result. */
export const LIMITS = {
  /** The agent's longest pause between two attempts is 15 s. */
  reconnect_ms: 20_000,
  fresh_visible_ms: 5_000,
  fresh_p99_ms: 5_000,
  agent_rss_growth_mb: 20,
  hub_rss_peak_mb: 256,
} as const;

/** One thing that must hold. */
export interface Check {
  /** Key of the result, or what is meant. */
  readonly what: string;
  readonly value: string;
  readonly limit: string;
  readonly right: boolean;
}

/** How much more the agent used than normally, MiB; null when it is not known. */
export function growthMb({ agentRssNormalMb: normal, agentRssPeakMb: peak }: OutageFigures): number | null {
  return normal === null || peak === null ? null : Math.round((peak - normal) * 10) / 10;
}

/** What the hub said of its readiness during the outage: an answer that should not be, else the last one. */
export function readyzDuring({ during }: Pick<OutageFigures, 'during'>): string | null {
  return oneOf(
    during.map(({ readyz }) => readyz),
    namesClickHouse,
  );
}

/** The same of its health. */
export function healthzDuring({ during }: Pick<OutageFigures, 'during'>): string | null {
  return oneOf(
    during.map(({ healthz }) => healthz),
    ({ status }) => status === 200,
  );
}

function oneOf(answers: readonly (Answer | undefined)[], right: (answer: Answer) => boolean): string | null {
  const given = answers.filter((answer) => answer !== undefined);
  const shown = given.find((answer) => !right(answer)) ?? given.at(-1);
  return shown === undefined ? null : textOf(shown);
}

export function judge(figures: OutageFigures): Check[] {
  const { kind, after, gaps } = figures;
  // Routers that do not answer are the scenario's doing.
  const left = Object.entries(gaps).filter(([cause]) => cause !== 'router');
  return [
    atMost('reconnect_ms', figures.reconnectMs),
    atMost('fresh_visible_ms', figures.freshVisibleMs),
    atMost('fresh_p99_ms', figures.freshP99Ms),
    {
      what: 'backlog_batches',
      value: String(figures.backlogBatches),
      limit: 'more than 0: the outage was one',
      right: figures.backlogBatches > 0,
    },
    {
      what: 'backlog_complete_s',
      value: `${figures.backlogCompleteS ?? '–'}`,
      limit: 'all stored',
      right: figures.backlogCompleteS !== null,
    },
    atMost('agent_rss_growth_mb', growthMb(figures)),
    atMost('hub_rss_peak_mb', figures.hubRssPeakMb),
    ...(kind === 'hub' ? [awayChecked(figures)] : waitingChecked(figures)),
    {
      what: 'readyz_after',
      value: textOf(after.readyz),
      limit: '200',
      right: after.readyz?.status === 200,
    },
    {
      what: 'gaps_left',
      value: left.map(([cause, count]) => `${count} ${cause}`).join(', ') || '0',
      limit: '0 but for routers that do not answer',
      right: left.length === 0,
    },
  ];
}

/** A hub that is away answers nothing: else it was no outage. */
function awayChecked({ during }: OutageFigures): Check {
  const answered = during.filter(({ readyz, healthz }) => readyz !== undefined || healthz !== undefined).length;
  return {
    what: 'readyz_during',
    value: `${answered} answers to ${during.length} askings`,
    limit: 'no answer',
    right: during.length > 0 && answered === 0,
  };
}

/** A hub without ClickHouse lives, is not ready, and says why. */
function waitingChecked(figures: OutageFigures): Check[] {
  const { during } = figures;
  return [
    {
      what: 'readyz_during',
      value: readyzDuring(figures) ?? 'no answer',
      limit: '503 with a reason that names ClickHouse, every time',
      right: during.length > 0 && during.every(({ readyz }) => readyz !== undefined && namesClickHouse(readyz)),
    },
    {
      what: 'healthz_during',
      value: `${during.filter(({ healthz }) => healthz?.status === 200).length} of ${during.length} answers are ok`,
      limit: 'all of them',
      right: during.length > 0 && during.every(({ healthz }) => healthz?.status === 200),
    },
  ];
}

function atMost(what: keyof typeof LIMITS, value: number | null): Check {
  const most = LIMITS[what];
  return { what, value: `${value ?? '–'}`, limit: `at most ${most}`, right: value !== null && value <= most };
}

function namesClickHouse({ status, text }: Answer): boolean {
  return status === 503 && text.includes('ClickHouse');
}

function textOf(answer: Answer | undefined): string {
  return answer === undefined ? 'no answer' : `${answer.status} ${answer.text}`;
}
