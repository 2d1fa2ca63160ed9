/** Histories of samples for tests, and how they get into a store. */
import { interfaceRow, pollRow, type TestStore } from '../api/testing.ts';
import { insertMarks } from './insert-marks.ts';
import { bucketStart, type RollupMark } from './marks.ts';
import type { Sample, Speed } from './oracle.ts';

export const BASE = Date.UTC(2026, 0, 1, 23, 20);
export const STEP = 10_000;
export const MINUTE = 60_000;

/** Rows and what the writer does with them: the samples, the speeds, their polls, then the marks. */
export async function insertSamples(
  store: TestStore,
  samples: readonly Sample[],
  speeds: readonly Speed[] = [],
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  await store.insert(
    'interface_counters',
    samples.map(({ rx, tx, ...sample }) => interfaceRow({ ...sample, rx_bytes: rx, tx_bytes: tx })),
  );
  await store.insert(
    'ethernet_ports',
    speeds.map(({ router, ts, bps }) => ({ router, ts, site: 'fra1', interface: 'ether1', agent: 'a1', rank: 1, rate_bps: bps })),
  );
  await store.insert(
    'polls',
    samples.map(({ router, agent, rank, ts }) => pollRow({ router, agent, rank, ts, interval_ms: STEP })),
  );
  await insertMarks(store.client, marksOfRows(samples, speeds), signal);
}

function marksOfRows(samples: readonly Sample[], speeds: readonly Speed[]): RollupMark[] {
  const starts = [
    ...samples.map(({ ts }) => bucketStart(ts)),
    ...speeds.flatMap(({ ts }) => [bucketStart(ts), bucketStart(ts - 2 * MINUTE)]),
  ];
  return [...new Set(starts)].map((bucketMs) => ({ site: 'fra1', bucketMs }));
}

/** Numbers from 0 to below a limit, the same for the same seed. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Ninety minutes of three routers with all that happens: absent values, gaps, resets, reboots, spikes, a second agent, a clock step. */
export function history(seed: number): { samples: Sample[]; speeds: Speed[] } {
  const draw = random(seed);
  const samples: Sample[] = [];
  const speeds: Speed[] = [];
  const endMs = BASE + 90 * MINUTE;
  for (const router of ['r1', 'r2', 'r3']) {
    for (const agent of router === 'r2' ? ['a1', 'a2'] : ['a1']) {
      let [rx, tx, baseline, ts] = [BigInt(draw(1e9)), 2n ** 63n + BigInt(draw(1e9)), 1, BASE + draw(STEP)];
      while (ts < endMs) {
        const event = draw(60);
        if (event === 0) ts += 30_000 + draw(20 * MINUTE);
        if (event === 1) rx = BigInt(draw(1e6));
        if (event === 2) [rx, tx, baseline] = [BigInt(draw(1e6)), BigInt(draw(1e6)), baseline + 1];
        if (event === 3) rx += 10n ** 11n;
        if (event === 4 && router === 'r3') [ts, baseline] = [Math.max(BASE, ts - 4 * MINUTE) + 1, baseline + 1];
        if (event === 5) tx = BigInt(draw(1e6));
        const [rxRead, txRead] = [event === 7 ? null : rx, event === 8 ? null : tx];
        // A clock that steps back can repeat a moment: the rank decides then, as everywhere.
        if (event !== 6) samples.push({ router, agent, rank: 1 + samples.length, baseline, ts, rx: rxRead, tx: txRead });
        ts += STEP + draw(600) - 300;
        rx += BigInt(draw(1e8));
        tx += BigInt(draw(1e8));
      }
    }
    for (let ts = BASE; ts < endMs; ts += MINUTE)
      if (router !== 'r3' || ts < BASE + 10 * MINUTE)
        speeds.push({ router, ts: ts + 17, bps: draw(20) === 0 ? null : draw(3) === 0 ? 1e8 : 1e9 });
  }
  return { samples, speeds };
}

export function shuffled<T>(items: readonly T[], draw: (below: number) => number): T[] {
  const left = [...items];
  return Array.from({ length: left.length }, () => left.splice(draw(left.length), 1)).flat();
}

/** Samples of r1 in (fromMs, toMs], one every ten seconds, that rise by 1000 bytes each. */
export function regular(fromMs: number, toMs: number): Sample[] {
  return Array.from({ length: (toMs - fromMs) / STEP }, (_, index) => {
    const ts = fromMs + (index + 1) * STEP;
    return { router: 'r1', agent: 'a1', rank: 1, baseline: 1, ts, rx: BigInt((ts - BASE) / 10 + 10_000_000), tx: 0n };
  });
}
