/** A small world that a script happens to, second by second: sites with an agent each and their routers. What agents see of it are batches. */
import { type OpenBatch, openBatch, sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import { sampleBoard, sampleDevice, sampleInterface, samplePoll, sampleRadioClient, sampleRows } from '@poplar/proto/testing';

/** A port of a router as it is. */
export interface Port {
  /** 48-bit address. */
  mac: number;
  running: boolean;
  disabled: boolean;
  linkDowns: number;
}

export type RadioClient = Partial<ReturnType<typeof sampleRadioClient>>;

/** A router as it is; a script changes it. */
export interface ScriptedRouter {
  readonly name: string;
  /** How a visit ends. */
  outcome: PollOutcome;
  bootedMs: number;
  version: string;
  serial: string;
  model: string;
  firmware: string;
  readonly ports: Map<string, Port>;
  /** Registration table; undefined where the router has no radio. */
  radioClients: RadioClient[] | undefined;
}

/** The agent of a site; it polls every router of the site. */
export interface ScriptedAgent {
  readonly site: string;
  running: boolean;
  epoch: bigint;
  /** By the agent's own clock. */
  startedMs: number;
  /** What the agent's clock is ahead of the time of the script, ms. */
  aheadMs: number;
  baseline: bigint;
}

export interface World {
  /** Time of the script, Unix ms. */
  readonly nowMs: number;
  /** By `site/router`. Throws where there is none. */
  router(path: string): ScriptedRouter;
  agent(site: string): ScriptedAgent;
}

/** Something that happens at a time of the script, `mm:ss`. Of the same second the first comes first, all of them before its polls. */
export type Happening = readonly [at: string, happens: (world: World) => void];

export interface Script {
  readonly startMs: number;
  readonly minutes: number;
  /** Routers by site. */
  readonly sites: Readonly<Record<string, readonly string[]>>;
  readonly happenings: readonly Happening[];
}

const INTERVAL_MS = 10_000;
const MINUTE_MS = 60_000;
const FIRST_MAC = 0x02_10_00_00_00_00;
/** Boards are read this often. */
const BOARDS_MS = 10 * MINUTE_MS;

/** Returns `mm:ss` of the script as ms. */
export function scriptTime(text: string): number {
  const [minutes = Number.NaN, seconds = Number.NaN] = text.split(':').map(Number);
  if (Number.isNaN(minutes + seconds)) throw new Error(`BUG: ${text} is not mm:ss`);
  return (minutes * 60 + seconds) * 1000;
}

/** Plays a script and returns the batches that the agents seal, one a minute each. */
export function play({ startMs, minutes, sites, happenings }: Script): OpenBatch[] {
  const agents = new Map(Object.keys(sites).map((site, index) => [site, newAgent(site, index, startMs)]));
  const routers = new Map(
    Object.entries(sites)
      .flatMap(([site, names]) => names.map((name, index) => ({ path: `${site}/${name}`, name, index })))
      .map(({ path, name, index }, number) => [path, newRouter(name, index, FIRST_MAC + 256 * number, startMs)] as const),
  );
  const found = <T>(things: ReadonlyMap<string, T>, name: string): T => {
    const thing = things.get(name);
    if (thing === undefined) throw new Error(`BUG: the script has no ${name}`);
    return thing;
  };
  const batches: OpenBatch[] = [];
  const open = new Map<string, OpenRun>();
  let next = 0;
  for (let ms = 0; ms <= minutes * MINUTE_MS; ms += 1000) {
    const world: World = { nowMs: startMs + ms, router: (path) => found(routers, path), agent: (site) => found(agents, site) };
    for (
      let happening = happenings[next];
      happening !== undefined && scriptTime(happening[0]) <= ms;
      happening = happenings[++next]
    )
      happening[1](world);
    if (ms % INTERVAL_MS !== 0) continue;
    for (const [site, names] of Object.entries(sites)) {
      const agent = found(agents, site);
      if (!agent.running) continue;
      let run = open.get(site);
      if (run?.epoch !== agent.epoch)
        open.set(site, (run = { epoch: agent.epoch, sequence: 0, polls: 0, builder: createBatchBuilder() }));
      for (const name of names) visit(run, agent, found(routers, `${site}/${name}`), startMs + ms, ms % BOARDS_MS === 0);
      if (ms % MINUTE_MS === 50_000 || ms === minutes * MINUTE_MS) batches.push(seal(run, agent, startMs + ms));
    }
  }
  return batches;
}

interface OpenRun {
  readonly epoch: bigint;
  sequence: number;
  polls: number;
  builder: ReturnType<typeof createBatchBuilder>;
}

function newAgent(site: string, index: number, startMs: number): ScriptedAgent {
  return {
    site,
    running: true,
    epoch: BigInt(index + 1),
    startedMs: startMs - 2000,
    aheadMs: 0,
    baseline: BigInt(1000 * (index + 1)),
  };
}

function newRouter(name: string, index: number, mac: number, startMs: number): ScriptedRouter {
  return {
    name,
    outcome: PollOutcome.OK,
    bootedMs: startMs - (index + 1) * 24 * 60 * MINUTE_MS,
    version: '7.18.2',
    serial: `HP${name}`,
    model: 'RB5009UG+S+',
    firmware: '7.18',
    radioClients: undefined,
    ports: new Map(
      ['ether1', 'ether2'].map((port, place) => [port, { mac: mac + place, running: true, disabled: false, linkDowns: 0 }]),
    ),
  };
}

function visit(run: OpenRun, agent: ScriptedAgent, router: ScriptedRouter, nowMs: number, withBoards: boolean): void {
  const { outcome, version, bootedMs } = router;
  const answered = outcome === PollOutcome.OK || outcome === PollOutcome.PARTIAL;
  run.polls += 1;
  run.builder.add(
    samplePoll({
      site: agent.site,
      router: router.name,
      tsMs: nowMs + agent.aheadMs,
      pollNumber: run.polls,
      baseline: agent.baseline,
      outcome,
      error: answered ? '' : 'as the script says',
      intervalMs: INTERVAL_MS,
    }),
    answered
      ? sampleRows({
          devices: [sampleDevice({ uptimeMs: Math.floor((nowMs - bootedMs) / 1000) * 1000, version })],
          interfaces: [...router.ports].map(([name, port]) => sampleInterface({ interface: name, ...port })),
          boards: withBoards
            ? [sampleBoard({ board: '', model: router.model, serial: router.serial, currentFirmware: router.firmware })]
            : [],
          radioClients: (router.radioClients ?? []).map(sampleRadioClient),
        })
      : sampleRows(),
  );
}

function seal(run: OpenRun, agent: ScriptedAgent, nowMs: number): OpenBatch {
  run.sequence += 1;
  const sealed = sealBatch(run.builder, {
    agent: agent.site,
    epoch: run.epoch,
    sequence: run.sequence,
    epochStartedAtMs: agent.startedMs,
    sealedAtMs: nowMs + agent.aheadMs + 900,
    clockOffsetMs: -agent.aheadMs,
  });
  run.builder = createBatchBuilder();
  return openBatch(sealed, DEFAULT_LIMITS);
}
