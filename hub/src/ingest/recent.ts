/** Batches stored lately, by what names them: agent, epoch, sequence and content. Saves storing a re-sent batch again; nothing depends on it. */
export interface RecentBatches {
  has(agent: string, epoch: bigint, sequence: bigint, contentHash: bigint): boolean;
  add(agent: string, epoch: bigint, sequence: bigint, contentHash: bigint): void;
}

/** Remembers at most `capacity` batches; the oldest are forgotten first. */
export function createRecentBatches(capacity: number): RecentBatches {
  const names = new Set<string>();
  const nameOf = (agent: string, epoch: bigint, sequence: bigint, hash: bigint): string =>
    `${epoch}/${sequence}/${hash}/${agent}`;
  return {
    has: (agent, epoch, sequence, hash) => names.has(nameOf(agent, epoch, sequence, hash)),
    add(agent, epoch, sequence, hash) {
      if (names.size >= capacity) {
        const [oldest] = names;
        if (oldest !== undefined) names.delete(oldest);
      }
      names.add(nameOf(agent, epoch, sequence, hash));
    },
  };
}
