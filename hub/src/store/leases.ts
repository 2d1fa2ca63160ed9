import { z } from 'zod';
import type { Statements } from '../clickhouse/statements.ts';

export type Leases = ReturnType<typeof createLeases>;

/** Which hub does what all could do. It saves work only: nothing may be wrong when two do it. */
export function createLeases({ rows, run }: Statements) {
  /** Takes or renews the lease, unless another holds it. Throws StoreError. */
  async function hold(name: string, holder: string, heldMs: number, signal: AbortSignal): Promise<boolean> {
    const mine = async (): Promise<boolean | undefined> => {
      const [lease] = await rows(
        'SELECT holder, held_until > now64(3) AS held FROM leases FINAL WHERE name = {name:String}',
        { name },
        z.object({ holder: z.string(), held: z.number() }),
        signal,
      );
      return lease === undefined || lease.held === 0 ? undefined : lease.holder === holder;
    };
    if ((await mine()) === false) return false;
    await run(
      `INSERT INTO {database:Identifier}.leases (name, holder, held_until)
       SELECT {name:String}, {holder:String}, now64(3, 'UTC') + toIntervalMillisecond({held_ms:UInt32})`,
      { name, holder, held_ms: heldMs },
      signal,
    );
    return (await mine()) === true;
  }

  return { hold };
}

/** A lease that its holder keeps: asks the store again only when less than half of the time is left. False while another has it. */
export function keptLease(take: (signal: AbortSignal) => Promise<boolean>, heldMs: number, monotonicMs: () => number) {
  let heldUntilMs = Number.NEGATIVE_INFINITY;
  return async (signal: AbortSignal): Promise<boolean> => {
    const askedMs = monotonicMs();
    if (askedMs > heldUntilMs - heldMs / 2) heldUntilMs = (await take(signal)) ? askedMs + heldMs : Number.NEGATIVE_INFINITY;
    return askedMs < heldUntilMs;
  };
}
