/** What a router is made of and what its sensors say, from rows to the API's shape. */
import type { FleetRouter } from './fleet-routers.ts';
import { newestBoard } from './queries/newest-board.ts';
import { routerSensors } from './queries/router-sensors.ts';
import type { Reader } from './reader.ts';
import type { BoardSummary, SensorReading } from './schemas.ts';
import { FUTURE_MAX_MS } from './state.ts';

/** How far before the newest answer a reading still counts as the newest, ms: many times the agents' default interval. */
const SENSOR_WINDOW_MS = 2 * 3600_000;

/** How far back a board is looked for whose newest row lies in the future, ms. */
const FROZEN_WINDOW_MS = 24 * 3600_000;

/**
 * Returns the newest board of one router that was read by nowMs, or null when none was.
 * @throws StoreError
 */
export async function readBoard(
  reader: Reader,
  { summary }: FleetRouter,
  nowMs: number,
  signal: AbortSignal,
): Promise<BoardSummary | null> {
  const { site, router } = summary;
  const range = { from_ms: nowMs - FROZEN_WINDOW_MS, to_ms: nowMs + FUTURE_MAX_MS };
  const [row] = await reader.rows(newestBoard, { site, router, ...range }, signal);
  return row === undefined ? null : { ...row, routerboard: row.routerboard === null ? null : row.routerboard > 0 };
}

/**
 * Returns the sensors as the router's newest answer about them shows them, by name. A stopped router's are its last ones.
 * @throws StoreError
 */
export async function readSensors(reader: Reader, { summary }: FleetRouter, signal: AbortSignal): Promise<SensorReading[]> {
  const { site, router, answered_at_ms: answeredMs } = summary;
  if (answeredMs === null) return [];
  const range = { from_ms: answeredMs - SENSOR_WINDOW_MS, to_ms: answeredMs + 1 };
  const rows = await reader.rows(routerSensors, { site, router, ...range }, signal);
  const newestMs = Math.max(...rows.map(({ polled_at_ms }) => polled_at_ms));
  // A sensor that the newest answer does not have any more, as of a power supply that was taken out, is gone.
  return rows.filter(({ polled_at_ms }) => polled_at_ms === newestMs);
}
