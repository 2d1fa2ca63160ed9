import type { RouterModel } from '../../traffic/world.ts';
import type { AgentClock, ExpectedRow, TableTruth } from './table-truth.ts';

/** What the clocks of two processes on one machine may be apart, as in the windows of polls, and the rounding of an offset. */
const TOLERANCE_MS = 21;
/** Longer than an agent waits for an answer. */
const ROUND_TRIP_MAX_MS = 60_000;

export const ROUTER_CLOCKS: TableTruth = {
  menus: [{ path: '/system/clock', rows: (model, atMs, _asked, agent) => new Map([['', clockValues(model, atMs, agent)]]) }],
  object: "''",
  columns: [
    'clock_ms',
    'time_zone',
    'gmt_offset_s',
    // When the agent sent the command and had the answer, by its own clock: the router served it in between.
    'clock_ms - offset_ms - round_trip_us / 2000',
    'clock_ms - offset_ms + round_trip_us / 2000',
  ],
  countColumn: 'router_clock_rows',
};

function clockValues({ clock }: RouterModel, atMs: number, { aheadMs, stepped }: AgentClock): ExpectedRow {
  const agentMs = atMs + aheadMs;
  return [
    // Routers tell whole seconds.
    String(Math.floor(clock.at(atMs) / 1000) * 1000),
    clock.zone,
    String(clock.gmtOffsetS),
    // What is measured by a clock that has stepped does not belong to the visit's time.
    { min: agentMs - ROUND_TRIP_MAX_MS, max: agentMs + TOLERANCE_MS, orNull: stepped },
    { min: agentMs - TOLERANCE_MS, max: agentMs + ROUND_TRIP_MAX_MS, orNull: stepped },
  ];
}
