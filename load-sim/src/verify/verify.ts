/** Compares everything that is stored of a simulated fleet with what its routers answered. */
import type { ClickHouseClient } from '@clickhouse/client';
import type { Fleet } from '../fleet.ts';
import { createWorld, type World } from '../traffic/world.ts';
import { type AgentTime, RIGHT_TIME } from './agent-time.ts';
import { createHoldUps, type HoldUps } from './hold-ups.ts';
import { createOutcomeCheck, type OutcomeReport, UNCHECKED_OUTCOMES } from './outcomes.ts';
import { readPollLog, readRuns } from './poll-log.ts';
import type { AllowedLoss, Range } from './range.ts';
import { type Replies, readJournal, type Truth } from './replies.ts';
import { addFault, addRows, createReport, VERIFIED_TABLES, type VerifyReport } from './report.ts';
import {
  type Chunk,
  type RawExtent,
  readGroups,
  readPollNumbers,
  readPolls,
  readRawExtent,
  readStateMismatches,
  readStrangers,
} from './stored.ts';
import { ROW_TABLES } from './truth/all.ts';
import { createVisitCheck } from './visits.ts';

export interface VerifyOptions {
  /** A client of the database that holds Poplar's tables. */
  readonly client: ClickHouseClient;
  readonly fleet: Fleet;
  /**
   * The simulator's truth journal. Undefined: there is none; the stored rows must then be those of any one millisecond of
   * their poll's window, and replies that were never stored go unnoticed unless a poll number is missing.
   */
  readonly journalFile: string | undefined;
  /** Verified time, ends included; Unix ms. Without: from the first served reply (of the fleet's start) to the end. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** How far outside of a poll's window a reply may lie, ms. */
  readonly toleranceMs?: number;
  /** Times in which replies may be lost, as around the kill of an agent. */
  readonly allowedLoss?: readonly AllowedLoss[];
  /** Of the agents, where their clocks were wrong. */
  readonly agentTime?: AgentTime;
}

/**
 * An agent's time extends the monotonic clock and follows the wall clock slowly; the simulator reads the wall clock, which virtual
 * machines move by milliseconds at a time. The values themselves are compared at the very instant that the journal names, and
 * visits to one router lie much further apart.
 */
const TOLERANCE_MS = 20;
const HOUR_MS = 3_600_000;
/** Polls that are held in memory at once, with what is known of their rows. */
const POLLS_PER_CHUNK = 9000;

const NO_TRUTH: Truth = { replies: new Map(), heldUp: [] };

/** What a verification found: in the rows, and in how polls ended. */
export type VerifyResult = VerifyReport & OutcomeReport;

/** Where polls were judged in less of the time, percent, nothing is known of the rest. */
const JUDGED_MIN_PCT = 50;

type Verdict = Pick<
  VerifyResult,
  'missing' | 'duplicates' | 'wrong' | 'wrong_outcomes' | 'missed_polls' | 'slow_recoveries' | 'judged_pct'
>;

/** True when everything is stored as it should be, and every poll ended as it should, of those that could be judged: most of them. */
export function isRight(result: Verdict): boolean {
  const {
    missing,
    duplicates,
    wrong,
    wrong_outcomes: outcomes,
    missed_polls: missed,
    slow_recoveries: slow,
    judged_pct,
  } = result;
  const faults = missing + duplicates + wrong + (outcomes ?? 0) + (missed ?? 0) + (slow ?? 0);
  return faults === 0 && (judged_pct ?? 100) >= JUDGED_MIN_PCT;
}

/** Rejects when ClickHouse cannot be read or the journal does not belong to the fleet. */
export async function verifyStored(options: VerifyOptions): Promise<VerifyResult> {
  const { client, fleet, journalFile, agentTime = RIGHT_TIME } = options;
  const report = createReport();
  const { replies, heldUp }: Truth = journalFile === undefined ? NO_TRUTH : await readJournal(journalFile);
  const verified = rangeOf(options, replies);
  /** The same by the agents' clocks, where rows have their times from. */
  const range = { ...verified, fromMs: verified.fromMs - agentTime.behindMaxMs };
  const world = createWorld(fleet);
  const check = createVisitCheck(world, replies, report, {
    toleranceMs: options.toleranceMs ?? TOLERANCE_MS,
    fromMs: verified.fromMs,
    untilMs: verified.toMs,
    allowedLoss: options.allowedLoss ?? [],
    agentTime,
    searchInstants: journalFile === undefined,
  });
  const extents = await Promise.all(
    VERIFIED_TABLES.map(async (table) => {
      const extent = await readRawExtent(client, table, range);
      addRows(report, table, 'raw_rows', extent.rows);
      return extent;
    }),
  );
  for (const chunk of chunksOf(fleet, extents)) {
    const polls = await readPolls(client, chunk);
    for (const poll of polls) check.poll(poll);
    for (const table of ROW_TABLES) {
      for await (const group of readGroups(client, table, chunk)) check.group(group);
    }
    check.settle();
  }
  const unanswered = check.finish();
  await checkPollNumbers(client, range, report, unanswered);
  await checkStateRows(client, range, report);
  for (const table of VERIFIED_TABLES) {
    for (const { site, router, rows } of await readStrangers(client, table, range, fleet.routers)) {
      addRows(report, table, 'rows_stored', rows);
      addFault(
        report,
        { kind: 'wrong', table, site, router, at_ms: range.fromMs, object: '', detail: 'the fleet has no such router' },
        rows,
      );
    }
  }
  return { ...report, ...(await checkOutcomes(client, world, range, agentTime, createHoldUps(heldUp))) };
}

/** Only a scenario says how every router was at every time. */
async function checkOutcomes(
  client: ClickHouseClient,
  world: World,
  range: Range,
  time: AgentTime,
  holdUps: HoldUps,
): Promise<OutcomeReport> {
  if (world.fleet.scenario === undefined) return UNCHECKED_OUTCOMES;
  const check = createOutcomeCheck(world, await readRuns(client, range, time), holdUps);
  for await (const poll of readPollLog(client, range, time)) check.poll(poll);
  return check.finish();
}

/** All times that anything is stored of, in chunks of one site, some routers and at most an hour. */
function* chunksOf(fleet: Fleet, extents: readonly RawExtent[]): Generator<Chunk> {
  const filled = extents.filter(({ rows }) => rows > 0);
  const firstMs = Math.min(...filled.map(({ fromMs }) => fromMs));
  const lastMs = Math.max(...filled.map(({ toMs }) => toMs));
  const polls = extents[VERIFIED_TABLES.indexOf('polls')]?.rows ?? 0;
  const hours = Math.max(1, (lastMs - firstMs + 1) / HOUR_MS);
  const routersMax = Math.max(1, Math.floor(POLLS_PER_CHUNK / Math.max(1, polls / fleet.routers.length / hours)));
  for (const [site, members] of Map.groupBy(fleet.routers, (plan) => plan.site)) {
    for (let first = 0; first < members.length; first += routersMax) {
      const routers = members.slice(first, first + routersMax).map((plan) => plan.router);
      for (let fromMs = firstMs; fromMs <= lastMs; fromMs += HOUR_MS) {
        yield { site, routers, fromMs, toMs: Math.min(lastMs, fromMs + HOUR_MS - 1) };
      }
    }
  }
}

/** Latest time that the tables can hold. */
const END_OF_TIME_MS = Date.UTC(2100, 0, 1);

function rangeOf(options: VerifyOptions, replies: Replies): Range {
  let startMs = options.fleet.startMs;
  for (const track of replies.values()) {
    const [first] = track.all();
    startMs = Math.min(startMs, first?.atMs ?? startMs);
  }
  return { fromMs: Math.floor(options.fromMs ?? startMs), toMs: Math.floor(options.untilMs ?? END_OF_TIME_MS) };
}

/** How long a router took is not in the truth; that nothing told of it is lost is. */
async function checkStateRows(client: ClickHouseClient, range: Range, report: VerifyReport): Promise<void> {
  for (const { site, router, tsMs, declared, stored } of await readStateMismatches(client, range)) {
    const detail = `collector_state_rows is ${declared}, but ${stored} rows are stored in collector_states`;
    addFault(report, { kind: 'wrong', table: 'polls', site, router, at_ms: tsMs, object: '', detail });
  }
}

/** `unanswered`: polls without a reply that may be lost besides those that are excused. */
async function checkPollNumbers(client: ClickHouseClient, range: Range, report: VerifyReport, unanswered: number): Promise<void> {
  for (const { agent, epoch, expected, present, repeated } of await readPollNumbers(client, range)) {
    const common = { table: 'polls', site: '', router: '', at_ms: range.toMs, object: `${agent} ${epoch}` } as const;
    // A lost visit whose replies are in the journal is already counted, or excused.
    const lost = expected - present - report.tables.polls.missing - report.excused_polls - unanswered;
    if (lost > 0) {
      addRows(report, 'polls', 'rows_expected', lost);
      addFault(
        report,
        { ...common, kind: 'missing', detail: `${expected - present} of the run's poll numbers up to ${expected} are missing` },
        lost,
      );
    }
    if (repeated > 0)
      addFault(
        report,
        { ...common, kind: 'duplicate', detail: `${repeated} polls share their number with another one` },
        repeated,
      );
  }
}
