/** Runs Poplar through one long outage, measures how it comes back, and compares what is stored with the truth. */
import type { ClickHouseClient } from '@clickhouse/client';
import type { StackFolder } from '../../stack/configs.ts';
import type { StackFlags } from '../../stack/flags.ts';
import { readStorage, type StackResult } from '../../stack/result.ts';
import { isRight, verifyStored } from '../../verify/verify.ts';
import { DRAIN_MS, drain, type FaultRunDeps, inFolder, prepareGround, stackResult } from '../ground.ts';
import { checkFates, readFates } from '../ledger.ts';
import { AGENT } from '../setup.ts';
import type { Stage } from '../stage.ts';
import { holdsWithin, pause } from '../waiting.ts';
import { readBacklog } from './backlog.ts';
import { bringBack, cutOff } from './cut.ts';
import { createHubQuestions, type HubQuestions } from './hub-questions.ts';
import { type Asking, type Check, growthMb, healthzDuring, judge, LIMITS, type OutageFigures, readyzDuring } from './judge.ts';
import { type OutageKind, type OutagePlan, type OutageTimes, timesOf } from './plan.ts';
import { askOnce, createWatch } from './watch.ts';

export interface OutageResult extends StackResult {
  readonly outage: OutageKind;
  /** From its beginning until the part could be reached again. */
  readonly outage_s: number;
  readonly reconnect_ms: number | null;
  readonly fresh_visible_ms: number | null;
  readonly fresh_p99_ms: number | null;
  readonly backlog_batches: number;
  readonly backlog_complete_s: number | null;
  readonly agent_rss_normal_mb: number | null;
  readonly agent_rss_peak_mb: number | null;
  readonly agent_rss_growth_mb: number | null;
  readonly hub_rss_peak_mb: number | null;
  readonly readyz_during: string | null;
  readonly healthz_during: string | null;
  readonly readyz_after: string | null;
  /** What the hub's gaps still show at the end, by cause. */
  readonly gaps_left: Readonly<Record<string, number>>;
  /** The most that figures may be, by their keys. */
  readonly limits: typeof LIMITS;
  /** Rows and batches that should be stored and are not. */
  readonly unexplained_missing: number;
  readonly batches_stored: number;
  readonly batches_skipped: number;
  readonly unexpected_ends: number;
  /** Everything was as it should be, and within the limits. */
  readonly right: boolean;
}

/** Until the hub has the agent's stream, and until it shows a fresh poll; what takes longer is not measured. */
const RETURN_MS = 60_000;

/** Resolves with the result, or undefined when it was stopped. Throws StackError or ChildFailure when the stack cannot run. */
export async function runOutage(outage: OutagePlan, stack: StackFlags, deps: FaultRunDeps): Promise<OutageResult | undefined> {
  return await inFolder(stack, deps, (folder) => runIn(folder, outage, stack, deps));
}

async function runIn(folder: StackFolder, outage: OutagePlan, stack: StackFlags, deps: FaultRunDeps): Promise<OutageResult> {
  const { nowMs, out } = deps;
  const times = timesOf(outage, (stack.forS ?? 0) * 1000);
  await using ground = await prepareGround(folder, stack, deps);
  const { stage } = ground;
  const questions = createHubQuestions(stack.httpPort);
  const watch = createWatch(stage, questions);
  const watching = new AbortController();

  const fromMs = nowMs();
  await ground.start();
  const startMs = nowMs();
  out.write(`Poplar is running: ${stack.routers} routers. Data and logs: ${folder.root}\n`);
  const watched = watch.run(AbortSignal.any([stage.signal, watching.signal]));
  try {
    await using clickhouse = ground.clickhouse();
    const course = await goThrough(outage.kind, times, { stage, questions, clickhouse, startMs, out });
    watching.abort();
    await watched;
    await ground.stopPolling();

    out.write('Comparing every stored row with the truth …\n');
    const { downMs, endMs, upMs, connectedMs, visibleMs, drained } = course;
    const fresh = connectedMs === undefined ? undefined : await readStorage(clickhouse, connectedMs);
    const backlog = await readBacklog(clickhouse, { fromMs: downMs, toMs: connectedMs ?? upMs });
    const storage = await readStorage(clickhouse, fromMs);
    const { fleet, meter } = ground;
    const report = await verifyStored({ client: clickhouse, fleet, journalFile: folder.journalFile, fromMs });
    const ledger = checkFates(await readFates(clickhouse, AGENT), stage.spool.sealed, new Set());
    const failures = ground.failures();
    const completeMs = drained && ledger.faults.length === 0 ? since(backlog.storedMs, connectedMs) : null;
    const figures: OutageFigures = {
      kind: outage.kind,
      reconnectMs: since(connectedMs, upMs),
      freshVisibleMs: since(visibleMs, connectedMs),
      freshP99Ms: fresh?.p99_poll_to_stored_ms ?? null,
      backlogBatches: backlog.batches,
      backlogCompleteS: completeMs === null ? null : completeMs / 1000,
      agentRssNormalMb: watch.rss.peakMb('agent', startMs + times.settledMs, downMs),
      agentRssPeakMb: watch.rss.peakMb('agent', downMs, nowMs()),
      hubRssPeakMb: watch.rss.peakMb('hub', downMs, nowMs()),
      during: watch.askings({ fromMs: downMs, toMs: endMs }),
      after: course.after,
      gaps: course.gaps,
    };
    const checks = judge(figures);
    const off = [...ledger.faults, ...failures, ...(drained ? [] : [`after ${DRAIN_MS} ms not everything sealed was stored`])];
    for (const line of off) out.write(`${line}\n`);
    for (const example of [...report.examples, ...report.outcome_examples]) out.write(`${JSON.stringify(example)}\n`);
    for (const check of checks) out.write(`${lineOf(check)}\n`);
    return {
      ...stackResult(stack, meter, course.polledMs / 1000, report, storage),
      ...keysOf(figures),
      outage_s: Math.round((upMs - downMs) / 100) / 10,
      limits: LIMITS,
      unexplained_missing: report.missing + ledger.faults.length,
      batches_stored: ledger.stored,
      batches_skipped: ledger.skipped,
      unexpected_ends: failures.length,
      right: isRight(report) && report.rows_stored > 0 && off.length === 0 && checks.every(({ right }) => right),
    };
  } finally {
    watching.abort();
    await watched.catch(() => {});
  }
}

/** What happened when; Unix ms. */
interface Course {
  /** The part was away for sure from the first to the second time, and could be reached again at the third. */
  readonly downMs: number;
  readonly endMs: number;
  readonly upMs: number;
  /** Undefined: not in time. */
  readonly connectedMs: number | undefined;
  readonly visibleMs: number | undefined;
  /** When the backlog was stored. */
  readonly after: Asking;
  /** Everything that was sealed has an end. */
  readonly drained: boolean;
  /** How long the agent polled, ms. */
  readonly polledMs: number;
  readonly gaps: Readonly<Record<string, number>>;
}

interface Site {
  readonly stage: Stage;
  readonly questions: HubQuestions;
  readonly clickhouse: ClickHouseClient;
  readonly startMs: number;
  readonly out: NodeJS.WriteStream;
}

/** Lets the outage happen. Resolves at the end of the run's time, when everything is stored or was given time for it. */
async function goThrough(
  kind: OutageKind,
  times: OutageTimes,
  { stage, questions, clickhouse, startMs, out }: Site,
): Promise<Course> {
  const { nowMs, signal } = stage;
  const until = async (atMs: number): Promise<void> => {
    await pause(Math.max(0, atMs - nowMs()), signal);
    signal.throwIfAborted();
  };
  const say = (text: string): void => void out.write(`  ${((nowMs() - startMs) / 1000).toFixed(1)} s: ${text}\n`);

  await until(startMs + times.downMs);
  say(`${kind}: away from now on`);
  const downMs = nowMs();
  await cutOff(kind, stage);
  await until(downMs + times.forMs);
  const endMs = nowMs();
  await bringBack(kind, stage);
  const upMs = nowMs();
  say(`${kind}: back`);

  const back = await comeBack(stage, questions);
  if (await drain(stage, clickhouse)) say('the backlog is stored');
  const after = await askOnce(questions);
  await until(startMs + times.endMs);

  out.write('Time is up: waiting until everything sealed is stored …\n');
  const drained = await drain(stage, clickhouse);
  const polledMs = nowMs() - startMs;
  const gaps = await questions.gaps({ fromMs: startMs, toMs: nowMs() });
  return { downMs, endMs, upMs, ...back, after, drained, polledMs, gaps };
}

/** When the hub has the agent's stream, and when it first shows a poll that was made after that; undefined: not in time. */
async function comeBack(
  { nowMs, signal }: Stage,
  questions: HubQuestions,
): Promise<{ readonly connectedMs: number | undefined; readonly visibleMs: number | undefined }> {
  const connected = await holdsWithin(async () => ((await questions.streams()) ?? 0) > 0, RETURN_MS, signal);
  if (!connected) return { connectedMs: undefined, visibleMs: undefined };
  const connectedMs = nowMs();
  const visible = await holdsWithin(async () => ((await questions.newestPollMs()) ?? 0) >= connectedMs, RETURN_MS, signal);
  return { connectedMs, visibleMs: visible ? nowMs() : undefined };
}

function since(ms: number | undefined, sinceMs: number | undefined): number | null {
  return ms === undefined || sinceMs === undefined ? null : Math.max(0, Math.round(ms - sinceMs));
}

/** The figures as the result names them. */
function keysOf(figures: OutageFigures) {
  return {
    outage: figures.kind,
    reconnect_ms: figures.reconnectMs,
    fresh_visible_ms: figures.freshVisibleMs,
    fresh_p99_ms: figures.freshP99Ms,
    backlog_batches: figures.backlogBatches,
    backlog_complete_s: figures.backlogCompleteS,
    agent_rss_normal_mb: figures.agentRssNormalMb,
    agent_rss_peak_mb: figures.agentRssPeakMb,
    agent_rss_growth_mb: growthMb(figures),
    hub_rss_peak_mb: figures.hubRssPeakMb,
    readyz_during: readyzDuring(figures),
    healthz_during: healthzDuring(figures),
    readyz_after: figures.after.readyz?.text ?? null,
    gaps_left: figures.gaps,
  };
}

function lineOf({ what, value, limit, right }: Check): string {
  return `  ${right ? 'right' : 'WRONG'}  ${what.padEnd(20)} ${value.replaceAll('\n', '; ')}   (${limit})`;
}
