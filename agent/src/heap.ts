/**
 * How much memory JavaScriptCore is told that the machine has. By that it decides how far its heap may grow between two collections:
 * to twice what lives while that is less than a quarter of it, by less and less beyond.
 */
import { readFileSync, statSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { agentSchema } from './config/schema.ts';

/** What 500 routers need every 10 s, to stay within 100 MiB. */
const LEAST_BYTES = 46_000_000;
const BYTES_PER_ROUTER = LEAST_BYTES / 500;
/** Each poll leaves garbage, and each collection goes through all that lives: from so many polls a second on, memory is spent to save CPU … */
const RATE_MIN = 100;
/** … up to so many times that rate: collections are then as rare as they get. */
const RATE_FACTOR_MAX = 4;

/**
 * A collection that leaves less than this share of the heap for new objects is followed by one of all that lives. In a heap this small
 * almost every one leaves less than the engine's own third, and a sixth costs no memory that could be told from noise.
 */
const EDEN_SHARE = 0.17;
/** With several times the heap it costs 60 MiB and saves nothing. */
const EDEN_SHARE_AT_RATE = 0.33;

/** What JavaScriptCore is told. */
export interface Heap {
  /** The memory of the machine, bytes. */
  readonly assumedBytes: number;
  readonly edenShareMin: number;
}

/** For so many routers polled at the interval. */
export function heapFor(routers: number, intervalMs: number): Heap {
  const rateFactor = Math.min(RATE_FACTOR_MAX, Math.max(1, (1000 * routers) / intervalMs / RATE_MIN));
  const base = Math.max(LEAST_BYTES, routers * BYTES_PER_ROUTER);
  return { assumedBytes: Math.round(base * rateFactor), edenShareMin: rateFactor > 1 ? EDEN_SHARE_AT_RATE : EDEN_SHARE };
}

const LEAST: Heap = { assumedBytes: LEAST_BYTES, edenShareMin: EDEN_SHARE };

/** The only keys that matter here: secrets are not looked up. */
const scaleSchema = z.object({ poll: agentSchema.shape.poll, routers: z.array(z.unknown()) });

/**
 * For what a configuration file asks for. The least for one that cannot be used, which is for others to say, and for one that is
 * no regular file: what a pipe holds can be read once.
 */
export function heapOf(configFile: string): Heap {
  try {
    if (!statSync(configFile).isFile()) return LEAST;
    const { poll, routers } = scaleSchema.parse(parseDocument(readFileSync(configFile, 'utf8')).toJS());
    return heapFor(routers.length, poll.interval_ms);
  } catch {
    return LEAST;
  }
}
