/** Follows a run: what agent and hub use, and what the hub says of itself. */
import type { Range } from '../../verify/range.ts';
import type { Stage } from '../stage.ts';
import { pause } from '../waiting.ts';
import type { HubQuestions } from './hub-questions.ts';
import type { Asking } from './judge.ts';
import { createRssTrack, type RssTrack } from './rss-track.ts';

export interface Watch {
  readonly rss: Pick<RssTrack, 'peakMb'>;
  /** Questions that were asked and answered, or not, within a range of time. */
  askings(range: Range): Asking[];
  /** Reads until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const RSS_EVERY_MS = 500;
const ASK_EVERY_MS = 1000;

export function createWatch({ agent, hub, nowMs }: Pick<Stage, 'agent' | 'hub' | 'nowMs'>, questions: HubQuestions): Watch {
  const rss = createRssTrack();
  const asked: { readonly asking: Asking; readonly range: Range }[] = [];

  async function readRss(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const { name, pid } of [agent, hub]) rss.note(name, pid, nowMs());
      await pause(RSS_EVERY_MS, signal);
    }
  }

  async function askHub(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const fromMs = nowMs();
      const asking = await askOnce(questions);
      asked.push({ asking, range: { fromMs, toMs: nowMs() } });
      await pause(ASK_EVERY_MS, signal);
    }
  }

  return {
    rss,
    askings: ({ fromMs, toMs }) =>
      asked.filter(({ range }) => range.fromMs >= fromMs && range.toMs <= toMs).map(({ asking }) => asking),
    async run(signal) {
      await Promise.all([readRss(signal), askHub(signal)]);
    },
  };
}

export async function askOnce(questions: HubQuestions): Promise<Asking> {
  const [readyz, healthz] = await Promise.all([questions.readyz(), questions.healthz()]);
  return { readyz, healthz };
}
