/** Does to a running Poplar what a planned fault says, and undoes it. */
import { AGENT_GRACE_MS, HUB_GRACE_MS } from '../stack/programs.ts';
import { derive, shuffled, wholeBetween } from '../traffic/random.ts';
import type { Range } from '../verify/range.ts';
import { damageSpool, fillDisk, killAgent, stepClock } from './edge-faults.ts';
import type { LinkMode } from './link-proxy.ts';
import { childOf, isGone, type Member } from './member.ts';
import { redeliver } from './redelivery.ts';
import type { PlannedFault } from './schedule.ts';
import type { SealedRecord } from './spool-copy.ts';
import type { Outcome, Stage } from './stage.ts';
import type { StoreMode } from './store-proxy.ts';
import { holdsWithin, pause } from './waiting.ts';

/** From a poll's start to the last reply of its visit, at most. */
const VISIT_MS = 2_500;
const ENGINE_END_MS = 30_000;
/** A fault that has not yet hit anything goes on for so long. */
const PATIENCE_MS = 30_000;
/** Batches of one redelivery: each goes twice, and the engine stores them all again. */
const REDELIVERED_MAX = 60;
const ENGINE_COMMAND = 'embedded/main.ts';

/** The engine's process now. */
export function enginePid(host: Member): number | undefined {
  const told = Number(host.details['enginePid']);
  return childOf(host.pid, ENGINE_COMMAND) ?? (process.platform === 'linux' || Number.isNaN(told) ? undefined : told);
}

/** Resolves when the fault is over and the part that it hit runs again. */
export async function perform(fault: PlannedFault, stage: Stage): Promise<Outcome> {
  const { hub, host, link, store, signal } = stage;
  const { forMs, key } = fault;

  async function during(ms: number, on: () => Promise<void>, off: () => Promise<void>): Promise<Outcome> {
    await on();
    await pause(ms, signal);
    await off();
    return {};
  }
  const linkIs = (mode: LinkMode) =>
    during(
      forMs,
      () => link.set(mode),
      () => link.set({ kind: 'pass' }),
    );
  const storeIs = (mode: StoreMode) =>
    during(
      forMs,
      () => store.set(mode),
      () => store.set({ kind: 'pass' }),
    );

  switch (fault.kind) {
    case 'agent_kill':
      return await killAgent(stage);
    case 'spool_damage':
      return await damageSpool(fault, stage);
    case 'spool_full':
      return await fillDisk(fault, stage);
    case 'clock_step':
      return await stepClock(fault, stage);
    case 'link_cut':
      return await linkIs({ kind: 'cut', afterBytes: wholeBetween(derive(key, 'bytes'), 1, 20_000) });
    case 'link_hang': {
      await linkIs({ kind: 'hang' });
      // Half of the hung lines come back to life, the others were dead.
      if (key % 2 === 0) link.sever();
      return {};
    }
    case 'link_slow':
      return await linkIs({ kind: 'slow', bytesPerSecond: wholeBetween(derive(key, 'rate'), 500, 20_000) });
    case 'link_refuse':
      return await linkIs({ kind: 'refuse' });
    case 'hub_kill':
      return await during(
        forMs,
        () => hub.kill(),
        () => hub.start(),
      );
    case 'hub_stop':
      return await during(
        forMs,
        () => hub.stop(HUB_GRACE_MS),
        () => hub.start(),
      );
    case 'hub_freeze':
      await hub.freeze(forMs);
      return {};
    case 'host_kill': {
      const engine = enginePid(host);
      await host.kill();
      // The engine ends when its hub is gone; until then its folder is taken.
      if (engine !== undefined && !(await isGone(engine, ENGINE_END_MS, signal)))
        throw new Error(`The engine (process ${engine}) goes on although its hub was killed ${ENGINE_END_MS} ms ago`);
      await pause(forMs / 2, signal);
      await host.start();
      return {};
    }
    case 'engine_kill': {
      const engine = enginePid(host);
      if (engine !== undefined) process.kill(engine, 'SIGKILL');
      await pause(forMs, signal);
      return {};
    }
    case 'store_error':
      return await storeIs({ kind: 'error', status: key % 2 === 0 ? 500 : 503 });
    case 'store_hang':
      return await storeIs({ kind: 'hang' });
    case 'store_slow':
      return await storeIs({ kind: 'slow', bytesPerSecond: wholeBetween(derive(key, 'rate'), 20_000, 200_000) });
    case 'store_refuse':
      return await storeIs({ kind: 'refuse' });
    case 'store_cut': {
      const before = store.cuts;
      await store.set({ kind: 'cut' });
      await pause(forMs, signal);
      // Another fault may keep inserts away.
      await holdsWithin(() => store.cuts > before, PATIENCE_MS, signal);
      await store.set({ kind: 'pass' });
      return {};
    }
    case 'redeliver':
      return { redelivered: await redeliverSome(fault, stage) };
  }
}

/** Time in which a damaged batch has polls. */
export function lossOf({ firstPollMs, lastPollMs }: SealedRecord): Range {
  return { fromMs: firstPollMs, toMs: lastPollMs + VISIT_MS };
}

/** Some batches twice each and in disorder, to each hub: the one that had them first, and one that never saw them. */
async function redeliverSome({ forMs, key }: PlannedFault, { spool, targets, signal }: Stage): Promise<number> {
  spool.update();
  const some = shuffled(spool.messages(), derive(key, 'which')).slice(0, REDELIVERED_MAX);
  const twice = shuffled([...some, ...some], derive(key, 'order'));
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(forMs)]);
  // Another fault may be on at a hub: what it does not answer was sent in vain.
  const answers = await Promise.all(targets().map((target) => redeliver(target, twice, deadline)));
  return answers.reduce((sum, { taken }) => sum + taken, 0);
}

/** After the faults: everything runs and every line is open. */
export async function restore({ agent, hub, host, link, store }: Stage): Promise<void> {
  await link.set({ kind: 'pass' });
  await store.set({ kind: 'pass' });
  for (const member of [host, hub, agent]) if (member.pid === undefined) await member.start();
}

/** Stops whatever runs in the order of the data's flow. */
export async function stopAll({ agent, hub, host }: Pick<Stage, 'agent' | 'hub' | 'host'>): Promise<void> {
  await agent.stop(AGENT_GRACE_MS);
  await hub.stop(HUB_GRACE_MS);
  await host.stop(HUB_GRACE_MS);
}
