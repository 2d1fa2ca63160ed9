/** One line about a running stack: rewritten in place on a terminal, otherwise one line every ten seconds. */
import { z } from 'zod';

const overview = z.object({
  routers: z.object({ up: z.number(), suspect: z.number(), down: z.number(), unknown: z.number(), total: z.number() }),
  ingest: z.object({ rows_per_second: z.number(), poll_to_stored_p99_ms: z.number().nullable() }),
});

const TERMINAL_PERIOD_MS = 1000;
const PLAIN_PERIOD_MS = 10_000;

export interface Progress {
  /** Ends the line and the timer. */
  stop(): void;
}

export function showProgress(out: NodeJS.WriteStream, url: string, startedMs: number, nowMs: () => number): Progress {
  const inPlace = out.isTTY;
  let shown = false;
  let running: Promise<void> | undefined;
  const timer = setInterval(
    () => {
      running ??= describe(url)
        .then((text) => {
          const line = `${clock(nowMs() - startedMs)}  ${text}`;
          out.write(inPlace ? `\r\u001B[K${line}` : `${line}\n`);
          shown = true;
        })
        .finally(() => {
          running = undefined;
        });
    },
    inPlace ? TERMINAL_PERIOD_MS : PLAIN_PERIOD_MS,
  );
  return {
    stop() {
      clearInterval(timer);
      if (inPlace && shown) out.write('\n');
    },
  };
}

async function describe(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}api/v1/overview`, { signal: AbortSignal.timeout(5000) });
    const { routers, ingest } = overview.parse(await response.json());
    const states = [`${routers.up} of ${routers.total} routers up`];
    if (routers.suspect > 0) states.push(`${routers.suspect} suspect`);
    if (routers.down > 0) states.push(`${routers.down} down`);
    if (routers.unknown > 0) states.push(`${routers.unknown} unknown`);
    const p99 = ingest.poll_to_stored_p99_ms;
    const lag = p99 === null ? '' : `, poll to stored p99 ${(p99 / 1000).toFixed(1)} s`;
    return `${states.join(', ')}; ${Math.round(ingest.rows_per_second)} rows/s${lag}`;
  } catch (error) {
    return `no answer from the hub (${error instanceof Error ? error.message : String(error)})`;
  }
}

function clock(ms: number): string {
  const s = Math.floor(ms / 1000);
  return [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
