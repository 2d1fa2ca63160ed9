/** What an agent's time was when: its clock may have been wrong, the simulator's never is. Pure. */
import type { Range } from './range.ts';

/** True time in which an agent's clock was ahead by the same amount; behind, where that is negative. Unix ms. */
export interface ClockStretch extends Range {
  readonly offsetMs: number;
}

export interface AgentTime {
  /** The true time of what the agent's clock said; that itself where no stretch has it. */
  trueMs(agentMs: number): number;
  /** Whether the clock stepped in this true time, Unix ms. */
  stepped(fromMs: number, toMs: number): boolean;
  /** The most that the clock was behind, ms. */
  readonly behindMaxMs: number;
}

/** An agent's clock is slewed by a little. */
const SLEW_MS = 20;

/** A clock that was never wrong. */
export const RIGHT_TIME: AgentTime = { trueMs: (agentMs) => agentMs, stepped: () => false, behindMaxMs: 0 };

/** `stretches`: in their order. Throws when the clock said one time twice in stretches of different offsets: what was polled then could not be told apart. */
export function createAgentTime(stretches: readonly ClockStretch[]): AgentTime {
  const said = stretches.map(saidIn).toSorted((a, b) => a.fromMs - b.fromMs);
  for (const [position, { toMs, offsetMs }] of said.entries()) {
    const next = said[position + 1];
    if (next !== undefined && next.offsetMs !== offsetMs && next.fromMs - toMs < 2 * SLEW_MS)
      throw new Error(
        `Cannot tell an agent's times apart: its clock said ${next.fromMs} at two offsets, ${offsetMs} and ${next.offsetMs} ms`,
      );
  }
  return {
    trueMs(agentMs) {
      const stretch = said.find(({ fromMs, toMs }) => agentMs >= fromMs - SLEW_MS && agentMs <= toMs + SLEW_MS);
      return agentMs - (stretch?.offsetMs ?? 0);
    },
    stepped: (fromMs, toMs) =>
      stretches.some((stretch, position) => {
        const before = stretches[position - 1]?.offsetMs ?? 0;
        return stretch.offsetMs !== before && stretch.fromMs >= fromMs && stretch.fromMs <= toMs;
      }),
    behindMaxMs: Math.max(0, ...stretches.map(({ offsetMs }) => -offsetMs)),
  };
}

/** A stretch by the clock that it speaks of. */
export function saidIn({ fromMs, toMs, offsetMs }: ClockStretch): ClockStretch {
  return { fromMs: fromMs + offsetMs, toMs: toMs + offsetMs, offsetMs };
}
