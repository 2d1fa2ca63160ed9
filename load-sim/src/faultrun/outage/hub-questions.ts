/** What a hub says over HTTP: whether it is ready, who is connected, how new its newest poll is, and what is missing. */
import { z } from 'zod';
import type { Range } from '../../verify/range.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface HubQuestions {
  /** Undefined when there was no answer in time. */
  readyz(): Promise<Answer | undefined>;
  healthz(): Promise<Answer | undefined>;
  /** Streams of agents that are open; undefined when there was no answer. */
  streams(): Promise<number | undefined>;
  /** Start of the newest poll that the hub shows, Unix ms; undefined when it shows none or cannot. */
  newestPollMs(): Promise<number | undefined>;
  /** Gaps in a range of time, by cause. Throws when the hub cannot say. */
  gaps(range: Range): Promise<Record<string, number>>;
}

/** The hub itself waits 5 s for ClickHouse before it says that it is not ready. */
const ANSWER_MAX_MS = 10_000;
/** Reads all polls of the run. */
const GAPS_MAX_MS = 60_000;
const overview = z.object({ newest_poll_ms: z.number().nullable() });
const gapList = z.object({ gaps: z.array(z.object({ cause: z.string() })) });

/** Asks the hub at a port on 127.0.0.1. */
export function createHubQuestions(port: number): HubQuestions {
  async function ask(path: string, withinMs = ANSWER_MAX_MS): Promise<Answer | undefined> {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(withinMs) });
      return { status: response.status, text: (await response.text()).trim() };
    } catch {
      return undefined;
    }
  }
  return {
    readyz: () => ask('/readyz'),
    healthz: () => ask('/healthz'),
    async streams() {
      const answer = await ask('/metrics');
      const count = /^poplar_hub_streams (\d+)$/m.exec(answer?.text ?? '')?.[1];
      return count === undefined ? undefined : Number(count);
    },
    async newestPollMs() {
      const answer = await ask('/api/v1/overview');
      return answer?.status === 200 ? (overview.parse(JSON.parse(answer.text)).newest_poll_ms ?? undefined) : undefined;
    },
    async gaps({ fromMs, toMs }) {
      const answer = await ask(`/api/v1/gaps?from_ms=${Math.floor(fromMs)}&to_ms=${Math.floor(toMs)}`, GAPS_MAX_MS);
      if (answer?.status !== 200) throw new Error(`Cannot read the gaps: ${answer?.text ?? 'the hub does not answer'}`);
      const byCause = Map.groupBy(gapList.parse(JSON.parse(answer.text)).gaps, ({ cause }) => cause);
      return Object.fromEntries(Array.from(byCause, ([cause, gaps]) => [cause, gaps.length]));
    },
  };
}
