/**
 * The writer collects batches of many agents, merges them into one insert per table about once a second, and settles each
 * batch only when every row is confirmed: data tables, then `polls`, then `batches`.
 *
 * A batch's rows are merged as soon as it comes, while there is room for them in the next insert; what does not fit waits as it came.
 * Two flushes are under way at once, because each waits for the disk several times. While ClickHouse is away they are retried
 * and the budget fills, which stops the streams.
 * A batch whose values ClickHouse refuses is found by halving, so that it takes no other with it. It is a suspect until another
 * batch with rows for the same tables is stored, all of it after the refusal: only that tells a bad batch from a server on which
 * nothing fits. While there are suspects, one flush runs at a time.
 *
 * Longer than others: what waits, what flies and who is suspected are one state, and each step moves batches between them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { toBinary } from '@bufbuild/protobuf';
import { type OpenBatch, openBatch } from '@poplar/proto/batch';
import type { FamilyName } from '@poplar/proto/families';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import { type Batch, BatchSchema } from '@poplar/proto/telemetry/v1/ingest';
import { StoreError } from '../clickhouse/store-error.ts';
import { createByteBudget } from './budget.ts';
import { type Collected, type Collection, createCollection } from './collection.ts';
import { daysOf, GROUP_DAYS_MAX, type Groupable, refusalReason, storeByHalves, takeFreshGroup } from './grouping.ts';
import { createInsertion, type InsertionDeps } from './insertion.ts';
import { createLatencyHistogram } from './latency.ts';
import { createRate } from './rate.ts';
import { type Arrival, rejectedRecord, sumRows, unknownReason } from './record.ts';
import type { BatchRecord, DeadLetter } from './store.ts';

/** A validated batch on its way into storage. */
export interface ReceivedBatch extends Arrival {
  /** As it came. */
  readonly batch: Batch;
}

/** How a batch ended. */
export type Fate =
  | { readonly status: 'stored'; readonly rows: number }
  | { readonly status: 'rejected'; readonly reason: string };

export interface WriterConfig {
  /** A flush starts when this many rows wait … */
  readonly flushRows: number;
  /** … or when the oldest batch has waited this long, ms. */
  readonly flushAgeMs: number;
  /** Bytes of decompressed batches held at once. */
  readonly budgetBytes: number;
  /** First pause after a failed insert, ms; doubles up to 30 times as much, up to 4 times while ClickHouse does not answer. */
  readonly retryMs: number;
}

export const DEFAULT_WRITER_CONFIG: WriterConfig = {
  flushRows: 50_000,
  flushAgeMs: 1000,
  budgetBytes: 16 * 1024 * 1024,
  retryMs: 250,
};

export interface Writer {
  /** Waits until the budget has room for `bytes`: call it before decompressing, hand the same number to `store`. */
  reserve(bytes: number, signal: AbortSignal): Promise<void>;
  /** Returns a reservation that came to nothing. */
  release(bytes: number): void;
  /** Settles when the batch's rows are confirmed or can never be; rejects when the writer stops first. */
  store(batch: ReceivedBatch, reservedBytes: number): Promise<Fate>;
  /** Records a batch that can never be stored, with its bytes. */
  reject(batch: RejectedBatch, signal: AbortSignal): Promise<void>;
  /** Records a batch that is not to be stored, and keeps nothing of it. */
  recordRejected(batch: Omit<RejectedBatch, 'message'>, signal: AbortSignal): Promise<void>;
  /** Flushes until aborted, then once more what is waiting, within a grace period. */
  run(signal: AbortSignal): Promise<void>;
  rowsPerSecond(): number;
  pollToStoredMs(): { readonly p50: number | null; readonly p99: number | null };
  /** Why inserts fail now; undefined while they work. */
  fault(): string | undefined;
}

/** A batch that did not decode or validate. */
export interface RejectedBatch extends DeadLetter {
  readonly payloadBytes: number;
}

/** A batch that waits, as it came: opened it takes several times the memory, and is opened again when it is its turn. */
type HeldBatch = Omit<ReceivedBatch, 'open'>;

interface Waiting extends Groupable {
  readonly batch: HeldBatch;
  /** For a batch that is to be kept as a letter too, because a newer agent sealed it. */
  readonly letter: Pick<DeadLetter, 'agent' | 'epoch' | 'sequence' | 'reason'> | undefined;
  /** What it holds of the budget. */
  readonly heldBytes: number;
  /** On the stopwatch. */
  readonly sinceMs: number;
  readonly settle: (fate: Fate) => void;
  readonly fail: (reason: unknown) => void;
}

/** Batches whose rows are merged already: the next flush. */
interface NextFlush {
  readonly items: Waiting[];
  readonly days: Set<number>;
  readonly collection: Collection;
  rows: number;
}

/** A batch that was refused alone. */
interface Suspect {
  readonly item: Waiting;
  readonly reason: string;
  /** Groups that had been begun when it was refused: only later ones are witnesses. */
  readonly groupsBegun: number;
  /** Families that were stored for other batches since. */
  readonly witnessed: Set<FamilyName>;
}

/** Flushes under way at once. Each holds its blocks in memory. */
const FLUSHES_MAX = 2;
/** What a batch takes besides its bytes while it waits, however small it is: promises, texts and the objects around them. */
export const HELD_PER_BATCH_BYTES = 8 * 1024;
/** Longest time a stopping writer keeps trying to store what it holds. */
const STOP_GRACE_MS = 5_000;
const RATE_WINDOW_MS = 10_000;
/** A suspect that nobody speaks for is tried again after this many first pauses. */
const SUSPECT_PAUSES = 4;

export function createWriter(
  config: WriterConfig,
  deps: InsertionDeps & { /** A stopwatch, ms. */ readonly monotonicMs: () => number },
): Writer {
  const { nowMs, monotonicMs, log, metrics } = deps;
  const insertion = createInsertion(config, deps);
  const budget = createByteBudget(config.budgetBytes, (held) => metrics.budgetBytes.set(held));
  const latency = createLatencyHistogram({ periodMs: 150_000 }, { nowMs: monotonicMs });
  const stored = createRate(RATE_WINDOW_MS, monotonicMs);
  let next: NextFlush | undefined;
  /** Those for which there was no room in it. */
  let waiting: Waiting[] = [];
  let waitingRows = 0;
  let suspects: Suspect[] = [];
  let groupsBegun = 0;
  /** Flushes under way; none rejects. */
  const flights = new Set<Promise<void>>();
  /** Batches of flushes that failed. */
  const unsettled: Waiting[] = [];
  const failures: unknown[] = [];
  /** Agents of which the log has told. */
  const newerAgents = new Set<string>();
  const expiring = new Set<string>();
  let wake: () => void = () => {};

  /** `collected` is what the group's rows were merged to already. */
  function begin(group: readonly Waiting[], collected: Collected, signal: AbortSignal): void {
    const flight = flush(group, collected, signal)
      .catch((cause: unknown) => {
        unsettled.push(...group);
        failures.push(cause);
      })
      .finally(() => {
        flights.delete(flight);
        wake();
      });
    flights.add(flight);
  }

  /** Waits until at most so many flushes are under way. Throws what one of them failed with. */
  async function landed(most: number): Promise<void> {
    while (flights.size > most && failures.length === 0) await Promise.race(flights);
    if (failures.length > 0) throw failures[0];
  }

  async function judge(signal: AbortSignal): Promise<void> {
    await landed(0);
    if (suspects.length > 0) await judgeSuspects(signal);
  }

  /** Resolves when there is enough to flush, when suspects have waited, when a flush failed, or on abort. */
  async function due(signal: AbortSignal): Promise<void> {
    const enteredMs = monotonicMs();
    while (!signal.aborted && failures.length === 0) {
      const oldest = next?.items[0] ?? waiting[0];
      const dueMs = oldest === undefined ? enteredMs + suspectPauseMs() : oldest.sinceMs + config.flushAgeMs;
      const restMs = Number.isFinite(dueMs) ? dueMs - monotonicMs() : undefined;
      if (enough() || (restMs !== undefined && restMs <= 0)) return;
      const timer = new AbortController();
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const abort = (): void => wake();
      signal.addEventListener('abort', abort, { once: true });
      const pause = restMs === undefined ? woken : Promise.race([woken, delay(restMs, undefined, { signal: timer.signal })]);
      await pause.finally(() => {
        timer.abort();
        signal.removeEventListener('abort', abort);
      });
    }
  }

  const suspectPauseMs = (): number => (suspects.length > 0 ? config.retryMs * SUSPECT_PAUSES : Number.POSITIVE_INFINITY);

  const enough = (): boolean => waitingRows + (next?.rows ?? 0) >= config.flushRows;

  /** Merges a batch into the next flush; false when it has no room, or when others wait before it. */
  function joins(item: Waiting, arrival: Arrival): boolean {
    if (waiting.length > 0 || suspects.length > 0) return false;
    if (next === undefined) next = { items: [], days: new Set(), collection: createCollection(insertion), rows: 0 };
    const fresh = item.days.filter((day) => next?.days.has(day) === false);
    const fits = next.rows + item.rows <= config.flushRows && next.days.size + fresh.length <= GROUP_DAYS_MAX;
    if (next.items.length > 0 && !fits) return false;
    try {
      next.collection.add(arrival);
    } catch (error) {
      unmerge();
      budget.give(item.heldBytes);
      throw error;
    }
    next.items.push(item);
    for (const day of fresh) next.days.add(day);
    next.rows += item.rows;
    return true;
  }

  /** Has the batches of the next flush wait as they came, before all others. */
  function unmerge(): void {
    if (next === undefined) return;
    next.collection.discard();
    waiting = [...next.items, ...waiting];
    waitingRows += next.rows;
    next = undefined;
  }

  /** What the next flush consists of, up to flushRows; one batch while there are suspects: it shows whether anything fits. */
  function takeNext(): { readonly group: readonly Waiting[]; readonly collected: Collected } | undefined {
    if (suspects.length > 0) unmerge();
    if (next !== undefined) {
      const { items, collection } = next;
      next = undefined;
      return { group: items, collected: collection.finish() };
    }
    const limits = { rowsMax: config.flushRows, ...(suspects.length > 0 && { itemsMax: 1 }) };
    const { group, left } = takeFreshGroup(waiting, limits);
    if (group.length === 0) return undefined;
    const collected = collect(group);
    waiting = left;
    for (const { rows } of group) waitingRows -= rows;
    return { group, collected };
  }

  /** Opens batches again, one at a time, and merges their rows. */
  function collect(group: readonly Waiting[]): Collected {
    const collection = createCollection(insertion);
    for (const { batch } of group) collection.add(opened(batch));
    return collection.finish();
  }

  function flush(group: readonly Waiting[], collected: Collected, signal: AbortSignal): Promise<void> {
    const refused = (item: Waiting, error: StoreError): void => {
      const { agent, sequence } = opened(item.batch).open;
      log.warn({ agent, sequence, err: error }, 'ClickHouse refuses a batch');
      suspects.push({ item, reason: refusalReason(error), groupsBegun, witnessed: new Set() });
    };
    const store = (part: readonly Waiting[]): Promise<void> =>
      storeGroup(part, part === group ? collected : collect(part), signal);
    return storeByHalves(group, store, refused, signal);
  }

  async function storeGroup(group: readonly Waiting[], collected: Collected, signal: AbortSignal): Promise<void> {
    const number = ++groupsBegun;
    const { rows, records, families, pollEnds } = collected;
    const letters = lettersOf(group);
    const recordsAt = (storedAtMs: number): BatchRecord[] => records.map((record) => ({ ...record, storedAtMs }));
    await insertion.storeRows(rows, recordsAt, signal, letters);
    for (const suspect of suspects) if (number > suspect.groupsBegun) for (const name of families) suspect.witnessed.add(name);
    observeStored(pollEnds);
    if (letters.length > 0) metrics.partlyUnknown.inc(letters.length);
    for (const item of group) settleStored(item);
  }

  /** Letters of the batches that a newer agent sealed: what this hub does not know of them must not be lost. */
  function lettersOf(group: readonly Waiting[]): DeadLetter[] {
    return group.flatMap(({ batch, letter }): DeadLetter[] => {
      if (letter === undefined) return [];
      const { contentHash, receivedAtMs } = batch;
      return [{ ...letter, contentHash, receivedAtMs, message: toBinary(BatchSchema, batch.batch) }];
    });
  }

  /** What a letter says of a batch that holds what this release does not know; undefined of all others. */
  function letterOf(open: OpenBatch): Waiting['letter'] {
    const reason = unknownReason(open);
    if (reason === undefined) return undefined;
    const { agent, epoch, sequence } = open;
    if (!newerAgents.has(agent))
      log.warn({ agent, fields: open.unknownFields }, 'An agent is newer than this hub: upgrade the hub');
    newerAgents.add(agent);
    return { agent, epoch, sequence, reason };
  }

  /** Tries the suspects again, one by one: stored after all, rejected if a witness speaks against them, else kept. */
  async function judgeSuspects(signal: AbortSignal): Promise<void> {
    const open = suspects;
    suspects = [];
    for (const [index, suspect] of open.entries()) {
      const { item, reason, witnessed } = suspect;
      const { agent, epoch, sequence, ...rest } = opened(item.batch).open;
      const families = familiesOf(rest);
      try {
        await storeGroup([item], collect([item]), signal);
        for (const later of open.slice(index + 1)) for (const name of families) later.witnessed.add(name);
      } catch (error) {
        if (signal.aborted || !(error instanceof StoreError)) {
          suspects.push(...open.slice(index));
          throw error;
        }
        if (!families.every((name) => witnessed.has(name))) {
          // Nothing fits, as far as is known: the others would be refused as well.
          suspects.push(...open.slice(index));
          return;
        }
        const { contentHash, receivedAtMs, payloadBytes } = item.batch;
        const message = toBinary(BatchSchema, item.batch.batch);
        await rejectBatch({ agent, epoch, sequence, contentHash, receivedAtMs, reason, payloadBytes, message }, signal);
        budget.give(item.heldBytes);
        item.settle({ status: 'rejected', reason });
      }
    }
  }

  function observeStored(pollEnds: readonly Float64Array[]): void {
    const now = nowMs();
    for (const ends of pollEnds) {
      for (const endMs of ends) {
        latency.observe(now - endMs);
        metrics.pollToStoredSeconds.observe(Math.max(0, now - endMs) / 1000);
      }
    }
  }

  function settleStored({ heldBytes, rows, settle }: Waiting): void {
    budget.give(heldBytes);
    stored.add(rows);
    metrics.rowsStored.inc(rows);
    metrics.batches.inc({ state: 'stored' });
    settle({ status: 'stored', rows });
  }

  async function rejectBatch(batch: RejectedBatch, signal: AbortSignal): Promise<void> {
    log.warn(
      { agent: batch.agent, sequence: batch.sequence, reason: batch.reason },
      'Batch rejected; its bytes are kept in dead_letters',
    );
    await insertion.storeRejected(batch, rejectedRecord(batch, nowMs()), signal);
    metrics.batches.inc({ state: 'rejected' });
  }

  async function recordRejected(batch: Omit<RejectedBatch, 'message'>, signal: AbortSignal): Promise<void> {
    if (!expiring.has(batch.agent))
      log.warn(
        { agent: batch.agent, reason: batch.reason },
        'An agent sends what is not kept any more: such batches are rejected, no bytes kept',
      );
    expiring.add(batch.agent);
    await insertion.storeRejected(undefined, rejectedRecord(batch, nowMs()), signal);
    metrics.batches.inc({ state: 'rejected' });
  }

  return {
    reserve: (bytes, signal) => budget.take(bytes, signal),
    release: (bytes) => budget.give(bytes),
    store(received, reservedBytes) {
      const { open, ...batch } = received;
      const rows = sumRows(open.families);
      const heldBytes = Math.min(reservedBytes, batch.payloadBytes + HELD_PER_BATCH_BYTES);
      return new Promise((settle, fail) => {
        const first = next === undefined && waiting.length === 0;
        const item = { batch, letter: letterOf(open), heldBytes, rows, days: daysOf(open), sinceMs: monotonicMs(), settle, fail };
        budget.give(reservedBytes - heldBytes);
        if (!joins(item, received)) {
          waiting.push(item);
          waitingRows += rows;
        }
        // Any other batch changes nothing of when the next flush is due.
        if (first || enough()) wake();
      });
    },
    reject: rejectBatch,
    recordRejected,
    async run(signal) {
      const abandoned = new AbortController();
      let grace: NodeJS.Timeout | undefined;
      const stop = (): void => {
        grace = setTimeout(() => abandoned.abort(new Error('the hub stopped before the batch was stored')), STOP_GRACE_MS);
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      try {
        while (!signal.aborted || next !== undefined || waiting.length > 0) {
          await due(signal);
          await landed(suspects.length > 0 ? 0 : FLUSHES_MAX - 1);
          const taken = takeNext();
          if (taken !== undefined) begin(taken.group, taken.collected, abandoned.signal);
          if (suspects.length > 0) await judge(abandoned.signal);
        }
        await judge(abandoned.signal);
      } catch (error) {
        if (!abandoned.signal.aborted) throw error;
      } finally {
        await Promise.all(flights);
        const left = [...unsettled, ...(next?.items ?? []), ...waiting, ...suspects.map(({ item }) => item)];
        for (const { fail } of left) fail(new Error('the hub stopped before the batch was stored'));
        if (left.length > 0)
          log.warn({ batches: left.length }, 'Stopping with batches not stored: their agents will send them again');
        clearTimeout(grace);
        signal.removeEventListener('abort', stop);
      }
    },
    rowsPerSecond: () => stored.perSecond(),
    pollToStoredMs: () => ({ p50: latency.quantile(0.5), p99: latency.quantile(0.99) }),
    fault: () => insertion.fault() ?? suspects[0]?.reason,
  };
}

/** It was opened before, within limits. */
function opened(held: HeldBatch): ReceivedBatch {
  const limits = { ...DEFAULT_LIMITS, uncompressedBytesMax: held.batch.uncompressedBytes };
  return { ...held, open: openBatch(held.batch, limits) };
}

/** Families of which the batch has rows. */
function familiesOf({ families }: Pick<OpenBatch, 'families'>): FamilyName[] {
  return Object.values(families)
    .filter(({ rows }) => rows > 0)
    .map(({ spec }) => spec.name);
}
