/** `sim replay`: a fleet of routers that answer as transcripts say. */
import { readFlags, UsageError, wholeNumber } from '../flags.ts';
import type { Fleet } from '../fleet.ts';
import { listenAsRouters } from '../routers/server.ts';
import {
  type CommandDeps,
  FLEET_FLAGS,
  FLEET_USAGE,
  fleetFromFlags,
  SERVING_FLAGS,
  SERVING_USAGE,
  servingFromFlags,
} from '../routers/serving.ts';
import { dialectFor, type ReplayMetrics, replayedRouter } from './replayed-router.ts';
import { createTimeline } from './timeline.ts';
import { readTranscript } from './transcript-file.ts';

export const REPLAY_USAGE = `Usage: npm run sim -- replay --transcript FILE [--transcript FILE …] [flags]
Routers that answer as "sim record" heard it, each from one of the transcripts in turn. Recordings are played over and over;
where one starts anew, its router has rebooted.

  --transcript FILE      a transcript; give several for several kinds of routers
  --speed N              times as fast as recorded, 1 to 100 (1)
${FLEET_USAGE}${SERVING_USAGE}`;

const FLAGS = {
  transcript: { type: 'string', multiple: true },
  speed: { type: 'string' },
  ...FLEET_FLAGS,
  ...SERVING_FLAGS,
} as const;

/** Runs until the signal is aborted or `--for-s` is over. Rejects with UsageError, or with what went wrong. */
export async function replayRouters(args: readonly string[], deps: CommandDeps): Promise<void> {
  const values = readFlags(args, FLAGS);
  if (values.help === true) return deps.print(REPLAY_USAGE);
  const files = values.transcript ?? [];
  if (files.length === 0) throw new UsageError('--transcript is missing: a file that "sim record" wrote');
  const speed = wholeNumber('speed', values.speed ?? '1', 1, 100);
  const serving = servingFromFlags(values);
  const planned = fleetFromFlags(values, { seed: 1, startMs: Math.floor(deps.nowMs()) });

  const sources = await Promise.all(
    files.map(async (file) => {
      const transcript = await readTranscript(file);
      return { routeros: transcript.header.routeros, timeline: createTimeline(transcript) };
    }),
  );
  const failed = new AbortController();
  const tally = createTally();
  const startMs = planned.startMs;
  const routers = planned.routers.map((plan) => {
    const source = sources[plan.index % sources.length];
    if (source === undefined) throw new Error(`BUG: router ${plan.index} has no transcript`);
    const copy = Math.floor(plan.index / sources.length);
    const replayed = { ...plan, dialect: dialectFor(source.routeros) };
    return replayedRouter(replayed, { ...source, startMs, speed, copy, metrics: tally });
  });
  const fleet: Fleet = { ...planned, routers: routers.map(({ plan }) => plan) };
  await using server = await listenAsRouters(routers, {
    nowMs: deps.nowMs,
    segmentation: serving.segmentation,
    onFailure: (error) => failed.abort(error),
  });
  await serving.writeAgentConfig(fleet);
  try {
    await serving.untilEnd(fleet, server, failed.signal, deps);
  } finally {
    deps.print(tally.text());
  }
}

interface Tally extends ReplayMetrics {
  text(): string;
}

/** Different commands that are counted one by one: more than any client sends by itself. */
const MISSED_MAX = 1000;
const MISSED_SHOWN = 20;

function createTally(): Tally {
  const missed = new Map<string, number>();
  let answered = 0;
  let misses = 0;
  return {
    answered: () => void answered++,
    missed(words) {
      misses++;
      if (missed.has(words) || missed.size < MISSED_MAX) missed.set(words, (missed.get(words) ?? 0) + 1);
    },
    text() {
      const most = [...missed].toSorted(([, one], [, other]) => other - one).slice(0, MISSED_SHOWN);
      const lines = most.map(([words, times]) => `  ${times} × ${words.slice(0, 200)}\n`);
      return `${answered} commands answered, ${misses} not in the transcripts\n${lines.join('')}`;
    },
  };
}
