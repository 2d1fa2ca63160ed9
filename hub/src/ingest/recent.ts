import type { Fate } from '../writer/writer.ts';

/** How batches ended lately, by what names them: agent, epoch, sequence and content. Saves the work of a re-sent batch; nothing depends on it. */
export interface RecentBatches {
  fateOf(agent: string, epoch: bigint, sequence: bigint, contentHash: bigint): Fate | undefined;
  add(agent: string, epoch: bigint, sequence: bigint, contentHash: bigint, fate: Fate): void;
}

/** Remembers at most `capacity` batches; the oldest are forgotten first. */
export function createRecentBatches(capacity: number): RecentBatches {
  const fates = new Map<string, Fate>();
  const nameOf = (agent: string, epoch: bigint, sequence: bigint, hash: bigint): string =>
    `${epoch}/${sequence}/${hash}/${agent}`;
  return {
    fateOf: (agent, epoch, sequence, hash) => fates.get(nameOf(agent, epoch, sequence, hash)),
    add(agent, epoch, sequence, hash, fate) {
      if (fates.size >= capacity) {
        const [oldest] = fates.keys();
        if (oldest !== undefined) fates.delete(oldest);
      }
      fates.set(nameOf(agent, epoch, sequence, hash), fate);
    },
  };
}
