/** What befalls the agent itself: it is killed, its disk is damaged or full, its clock goes wrong. */
import { derive, wholeBetween } from '../traffic/random.ts';
import type { AllowedLoss } from '../verify/range.ts';
import { readCounter } from './agent-counters.ts';
import { leapOf } from './clock-leap.ts';
import type { PlannedFault } from './schedule.ts';
import type { SpoolDisk } from './spool-disk.ts';
import type { Outcome, Stage } from './stage.ts';
import { holdsWithin, pause } from './waiting.ts';

/** A visit under way, and a batch of one second that is not sealed: what a kill of the agent may cost. */
const UNSEALED_MS = 2_500;
/** A fault that has not yet hit anything goes on for so long; what should mend itself has so long for it. */
const PATIENCE_MS = 30_000;

/** An agent is back at once: routers that nobody visits are another test's. */
export async function killAgent({ agent, spool, nowMs }: Stage): Promise<Outcome> {
  spool.update();
  const killedMs = nowMs();
  await agent.kill();
  await agent.start();
  return { losses: [{ fromMs: killedMs - UNSEALED_MS, toMs: nowMs() }] };
}

/** With batches that no hub has seen in the spool, the agent is killed, one of them is damaged, and the agent comes back. */
export async function damageSpool({ forMs, key }: PlannedFault, stage: Stage): Promise<Outcome> {
  const { agent, link, spool, nowMs, signal } = stage;
  await link.set({ kind: 'refuse' });
  const sinceMs = nowMs();
  await pause(forMs, signal);
  // What the agent has sealed behind a step of its clock is from other times.
  await holdsWithin(() => spool.canDamage({ fromMs: sinceMs, toMs: nowMs() }), PATIENCE_MS, signal);
  const killedMs = nowMs();
  await agent.kill();
  spool.update();
  const damaged = spool.damage({ fromMs: sinceMs, toMs: killedMs }, key);
  await link.set({ kind: 'pass' });
  await agent.start();
  const losses = [{ fromMs: killedMs - UNSEALED_MS, toMs: nowMs() }];
  return { losses, ...(damaged === undefined ? {} : { damaged }) };
}

const REFUSALS = ['poplar_agent_spool_write_failures_total', '{code="ENOSPC"}'] as const;
const GIVEN_UP = ['poplar_agent_polls_dropped_total', '{reason="spool"}'] as const;
const FILL_MS = 50;

/**
 * The agent's disk is full, with a hub to send to or without; the agent may be killed meanwhile and start on the full disk. Once
 * there is room again it must write by itself. Lost may be what it says that it gave up, and what it could not write when it was killed.
 */
export async function fillDisk({ forMs, key }: PlannedFault, stage: Stage): Promise<Outcome> {
  const { link, spool, metricsUrl, nowMs, signal } = stage;
  const { disk } = stage.surroundings;
  if (disk === undefined) throw new Error('BUG: the agent has no disk that can be full');
  const alone = derive(key, 'alone') % 2 === 0;
  const killed = derive(key, 'killed') % 2 === 0;
  const refusedBefore = await readCounter(metricsUrl, ...REFUSALS);
  let givenUpBefore = await readCounter(metricsUrl, ...GIVEN_UP);
  if (alone) await link.set({ kind: 'refuse' });
  const losses: AllowedLoss[] = [];
  const fullMs = nowMs();
  const room = new AbortController();
  const full = keepFull(disk, AbortSignal.any([signal, room.signal]));
  // It is awaited below.
  full.catch(() => {});
  try {
    await pause(killed ? forMs / 2 : forMs, signal);
    const refused = async (): Promise<boolean> => (await readCounter(metricsUrl, ...REFUSALS)) > refusedBefore;
    if (!(await holdsWithin(refused, PATIENCE_MS, signal)))
      throw new Error(`The agent's disk was full for ${nowMs() - fullMs} ms, and it noticed nothing`);
    if (killed) {
      // It comes back before there is room.
      const { losses: lost = [] } = await killAgent(stage);
      losses.push(...lost.map(({ toMs }) => ({ fromMs: fullMs - UNSEALED_MS, toMs })));
      givenUpBefore = 0;
      await pause(forMs / 2, signal);
    }
  } finally {
    room.abort();
    await full;
    await disk.empty();
  }
  const roomMs = nowMs();
  /** What waited in memory is written before what was polled later. */
  function isCurrent(): boolean {
    spool.update();
    return [...spool.sealed.values()].some(({ firstPollMs, lastPollMs }) => firstPollMs > roomMs && lastPollMs < nowMs());
  }
  if (!(await holdsWithin(isCurrent, PATIENCE_MS, signal)))
    throw new Error(`The agent's disk has had room for ${PATIENCE_MS} ms, and it writes nothing new`);
  const givenUp = (await readCounter(metricsUrl, ...GIVEN_UP)) - givenUpBefore;
  if (givenUp > 0) losses.push({ fromMs: fullMs - UNSEALED_MS, toMs: roomMs, pollsMax: givenUp });
  await link.set({ kind: 'pass' });
  return { losses, givenUp };
}

/** Takes whatever room the agent makes. */
async function keepFull(disk: SpoolDisk, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await disk.fill();
    await pause(FILL_MS, signal);
  }
}

/** A machine without a clock of its own that starts anew is behind by as long as it was down, or longer. */
const BEHIND_MIN_MS = 2_000;
const BEHIND_MAX_MS = 6_000;
/** Between the last time before it was down and the first one behind it. */
const APART_MS = 1_000;

/**
 * The system's clock is stepped under a polling agent, by minutes to an hour back or forth, and steps back to the right time; or the
 * agent comes back with a clock that is seconds behind, and this one steps forth.
 */
export async function stepClock({ forMs, key }: PlannedFault, stage: Stage): Promise<Outcome> {
  const { agent, spool, nowMs, signal } = stage;
  const { clock } = stage.surroundings;
  if (clock === undefined) throw new Error('BUG: the agent has no clock that can be stepped');
  const leapMs = leapOf({ key, nowMs: nowMs(), forMs, stretches: clock.stretches() });
  if (leapMs !== undefined && derive(key, 'restart') % 3 !== 0) {
    await clock.step(leapMs, signal);
    await pause(forMs, signal);
    await clock.step(0, signal);
    return {};
  }
  spool.update();
  const killedMs = nowMs();
  await agent.kill();
  const downMs = nowMs();
  clock.noteDown(downMs);
  const behindMs = wholeBetween(derive(key, 'behind'), BEHIND_MIN_MS, BEHIND_MAX_MS);
  await pause(behindMs + APART_MS, signal);
  clock.set(-behindMs);
  await agent.start();
  await pause(forMs, signal);
  await clock.step(0, signal);
  return { losses: [{ fromMs: killedMs - UNSEALED_MS, toMs: downMs }] };
}
