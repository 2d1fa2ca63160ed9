/** What can happen in a script. A new one is a function that changes the world. */
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import type { Port, World } from './world.ts';

type Happens = (world: World) => void;

/** Visits to the router fail from now on. */
export const fails =
  (path: string, outcome: PollOutcome): Happens =>
  (world) => {
    world.router(path).outcome = outcome;
  };

/** They are answered again. */
export const answers = (path: string): Happens => fails(path, PollOutcome.OK);

/** The router boots now, with other software if that is said; its counters start anew. */
export const boots =
  (path: string, version?: string): Happens =>
  (world) => {
    const router = world.router(path);
    router.bootedMs = world.nowMs;
    router.version = version ?? router.version;
    for (const port of router.ports.values()) port.linkDowns = 0;
  };

/** Another device takes the router's place. */
export const isReplaced =
  (path: string, by: { readonly serial: string; readonly model: string; readonly firmware: string }): Happens =>
  (world) => {
    Object.assign(world.router(path), by);
  };

/** Something about a port is other than before. */
export const port =
  (path: string, name: string, change: Partial<Port>): Happens =>
  (world) => {
    const known = world.router(path).ports.get(name);
    if (known === undefined) throw new Error(`BUG: ${path} has no port ${name}`);
    Object.assign(known, change);
  };

/** The agent of a site stops. */
export const agentStops =
  (site: string): Happens =>
  (world) => {
    world.agent(site).running = false;
  };

/** It starts anew. */
export const agentStarts =
  (site: string, epoch: bigint): Happens =>
  (world) => {
    const agent = world.agent(site);
    Object.assign(agent, { running: true, epoch, startedMs: world.nowMs + agent.aheadMs - 1000, baseline: agent.baseline + 1n });
  };

/** The agent's clock is set: so far ahead of the time from now on. */
export const clockIsSet =
  (site: string, aheadMs: number): Happens =>
  (world) => {
    const agent = world.agent(site);
    Object.assign(agent, { aheadMs, baseline: agent.baseline + 1n });
  };

/** A port gets another name. */
export const isRenamed =
  (path: string, from: string, to: string): Happens =>
  (world) => {
    const { ports } = world.router(path);
    const known = ports.get(from);
    if (known === undefined) throw new Error(`BUG: ${path} has no port ${from}`);
    ports.delete(from);
    ports.set(to, known);
  };
