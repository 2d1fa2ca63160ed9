/**
 * The writer collects batches of many agents, merges them into one insert per table about once a second, and settles each
 * batch only when every row is confirmed: data tables, then `polls`, then `batches`.
 *
 * A batch is opened and its rows are merged as soon as the next insert has room for them; until then it waits as it came.
 * Two flushes are under way at once, because each waits for the disk several times. While ClickHouse is away they are retried
 * and the budget fills, which stops the streams.
 * A batch whose values ClickHouse refuses is found by halving, so that it takes no other with it. It is a suspect until another
 * batch with rows for the same tables is stored, all of it after the refusal: only that tells a bad batch from a server on which
 * nothing fits. While there are suspects, one flush runs at a time.
 *
 * Longer than others: what waits, what flies and who is suspected are one state, and each step moves batches between them.
 */
import { toBinary } from '@bufbuild/protobuf';
import { type OpenBatch, openBatch } from '@poplar/proto/batch';
import { createDecompressor } from '@poplar/proto/decompress';
import type { FamilyName } from '@poplar/proto/families';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import { type Batch, BatchSchema } from '@poplar/proto/telemetry/v1/ingest';
import { StoreError } from '../clickhouse/store-error.ts';
import { createByteBudget } from './budget.ts';
import { type Collected, createCollection } from './collection.ts';
import { refusalReason, storeByHalves } from './grouping.ts';
import { createInsertion, type InsertionDeps } from './insertion.ts';
import { createLatencyHistogram } from './latency.ts';
import { createLine } from './line.ts';
import { createRate } from './rate.ts';
import { type Arrival, rejectedRecord, sumRows, unknownReason } from './record.ts';
import type { BatchRecord, DeadLetter } from './store.ts';

/** A batch on its way into storage, as it came. */
export interface ReceivedBatch {
  readonly agent: string;
  readonly batch: Batch;
  readonly contentHash: bigint;
  readonly receivedAtMs: number;
  /** Opens and checks it, when the next insert has room for it. What it returns need not outlive the next batch's opening. */
  open(): OpenBatch | Refusal;
}

/** Why a batch is not to be stored. */
export interface Refusal {
  readonly status: 'refused';
  readonly reason: string;
  /** Whether its bytes are kept in `dead_letters`. */
  readonly kept: boolean;
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
  /** Bytes of batches held at once, as they came. */
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
  /** Waits until the budget has room for `bytes`: hand the same number to `store`. */
  reserve(bytes: number, signal: AbortSignal): Promise<void>;
  /** Returns a reservation that came to nothing. */
  release(bytes: number): void;
  /** Settles when the batch's rows are confirmed or can never be, and its fate is on record; rejects when the writer stops first. */
  store(batch: ReceivedBatch, reservedBytes: number): Promise<Fate>;
  /** Flushes until aborted, then once more what is waiting, within a grace period. */
  run(signal: AbortSignal): Promise<void>;
  rowsPerSecond(): number;
  pollToStoredMs(): { readonly p50: number | null; readonly p99: number | null };
  /** Whether batches wait longer than they do when ClickHouse follows. */
  late(): boolean;
  /** Why inserts fail now; undefined while they work. */
  fault(): string | undefined;
}

interface Waiting {
  readonly received: ReceivedBatch;
  /** What it holds of the budget. */
  readonly heldBytes: number;
  /** On the stopwatch. */
  readonly sinceMs: number;
  readonly settle: (fate: Fate) => void;
  readonly fail: (reason: unknown) => void;
  /** Since it was opened. */
  known: KnownBatch | undefined;
}

interface KnownBatch {
  readonly rows: number;
  /** Why it is to be kept as a letter too, because a newer agent sealed it. */
  readonly unknownReason: string | undefined;
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
/** A batch is late when it has waited for so many times the age at which a flush is due: both flushes are still under way then. */
const LATE_AGES = 2;
/** A suspect that nobody speaks for is tried again after this many first pauses. */
const SUSPECT_PAUSES = 4;

export function createWriter(
  config: WriterConfig,
  deps: InsertionDeps & { /** A stopwatch, ms. */ readonly monotonicMs: () => number },
): Writer {
  const { nowMs, monotonicMs, log, metrics } = deps;
  const insertion = createInsertion(config, deps);
  const decompress = createDecompressor();
  const budget = createByteBudget(config.budgetBytes, (held) => metrics.budgetBytes.set(held));
  const latency = createLatencyHistogram({ periodMs: 150_000 }, { nowMs: monotonicMs });
  const stored = createRate(RATE_WINDOW_MS, monotonicMs);
  const line = createLine<Waiting>(config.flushRows, {
    bytesOf: ({ received }) => received.batch.uncompressedBytes,
    open: opened,
    collect: () => createCollection(insertion),
    fail(item, cause) {
      budget.give(item.heldBytes);
      item.fail(cause);
    },
    // One shows whether anything fits.
    itemsMax: () => (suspects.length > 0 ? 1 : Number.POSITIVE_INFINITY),
  });
  let suspects: Suspect[] = [];
  let groupsBegun = 0;
  /** Flushes under way; none rejects. */
  const flights = new Set<Promise<void>>();
  /** Batches of flushes that failed. */
  const unsettled: Waiting[] = [];
  const failures: unknown[] = [];
  /** Refusals on their way into the record; none rejects. */
  const recordings = new Set<Promise<void>>();
  /** Aborts when a stopping writer has tried for long enough. */
  const abandoned = new AbortController();
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
      const { oldest } = line;
      const dueMs = oldest === undefined ? enteredMs + suspectPauseMs() : oldest.sinceMs + config.flushAgeMs;
      const restMs = Number.isFinite(dueMs) ? dueMs - monotonicMs() : undefined;
      if (line.enough || (restMs !== undefined && restMs <= 0)) return;
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const abort = (): void => wake();
      signal.addEventListener('abort', abort, { once: true });
      const timer = restMs === undefined ? undefined : setTimeout(abort, restMs);
      await woken;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  const suspectPauseMs = (): number => (suspects.length > 0 ? config.retryMs * SUSPECT_PAUSES : Number.POSITIVE_INFINITY);

  /** Opens a batch for the line: the first time it is judged, later it is what it was. */
  function opened(item: Waiting): Arrival | undefined {
    if (item.known !== undefined) return openedAgain(item.received);
    const open = item.received.open();
    if ('status' in open) {
      refuse(item, open);
      return undefined;
    }
    item.known = { rows: sumRows(open.families), unknownReason: unknownReason(open) };
    if (item.known.unknownReason !== undefined) tellOfNewerAgent(open);
    return arrivalOf(item.received, open);
  }

  /** It was opened before, within limits. Valid until the next one is opened again. */
  function openedAgain(received: ReceivedBatch): Arrival {
    const limits = { ...DEFAULT_LIMITS, uncompressedBytesMax: received.batch.uncompressedBytes };
    return arrivalOf(received, openBatch(received.batch, limits, decompress));
  }

  /** Puts the fate of a batch that is not to be stored on record, and answers. */
  function refuse({ received, heldBytes, settle, fail }: Waiting, { reason, kept }: Refusal): void {
    const recording = reject(received, reason, kept)
      .then(() => settle({ status: 'rejected', reason }), fail)
      .finally(() => {
        budget.give(heldBytes);
        recordings.delete(recording);
      });
    recordings.add(recording);
  }

  /** Opens batches again, one at a time, and merges their rows. */
  function collect(group: readonly Waiting[]): Collected {
    const collection = createCollection(insertion);
    for (const { received } of group) collection.add(openedAgain(received));
    return collection.finish();
  }

  function flush(group: readonly Waiting[], collected: Collected, signal: AbortSignal): Promise<void> {
    const refused = (item: Waiting, error: StoreError): void => {
      const { agent, batch } = item.received;
      log.warn({ agent, sequence: Number(batch.sequence), err: error }, 'ClickHouse refuses a batch');
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
    return group.flatMap(({ received, known }) =>
      known?.unknownReason === undefined ? [] : [letterOf(received, known.unknownReason)],
    );
  }

  function tellOfNewerAgent({ agent, unknownFields }: OpenBatch): void {
    if (!newerAgents.has(agent)) log.warn({ agent, fields: unknownFields }, 'An agent is newer than this hub: upgrade the hub');
    newerAgents.add(agent);
  }

  /** Tries the suspects again, one by one: stored after all, rejected if a witness speaks against them, else kept. */
  async function judgeSuspects(signal: AbortSignal): Promise<void> {
    const open = suspects;
    suspects = [];
    for (const [index, suspect] of open.entries()) {
      const { item, reason, witnessed } = suspect;
      const families = familiesOf(openedAgain(item.received).open);
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
        await reject(item.received, reason, true);
        budget.give(item.heldBytes);
        item.settle({ status: 'rejected', reason });
      }
    }
  }

  function observeStored(pollEnds: readonly Float64Array[]): void {
    const now = nowMs();
    for (const endsMs of pollEnds) {
      latency.observeSince(endsMs, now);
      metrics.pollToStored.observeSince(endsMs, now);
    }
  }

  function settleStored({ heldBytes, known, settle }: Waiting): void {
    const rows = known?.rows ?? 0;
    budget.give(heldBytes);
    stored.add(rows);
    metrics.rowsStored.inc(rows);
    metrics.batches.inc({ state: 'stored' });
    settle({ status: 'stored', rows });
  }

  /** Records that a batch is rejected, with its bytes if they are to be kept. */
  async function reject(received: ReceivedBatch, reason: string, kept: boolean): Promise<void> {
    const { agent, batch } = received;
    if (kept) log.warn({ agent, sequence: Number(batch.sequence), reason }, 'Batch rejected; its bytes are kept in dead_letters');
    else if (!expiring.has(agent)) {
      log.warn({ agent, reason }, 'An agent sends what is not kept any more: such batches are rejected, no bytes kept');
      expiring.add(agent);
    }
    const record = rejectedRecord({ ...nameOf(received), reason, payloadBytes: batch.payload.length }, nowMs());
    await insertion.storeRejected(kept ? letterOf(received, reason) : undefined, record, abandoned.signal);
    metrics.batches.inc({ state: 'rejected' });
  }

  return {
    reserve: (bytes, signal) => budget.take(bytes, signal),
    release: (bytes) => budget.give(bytes),
    store(received, reservedBytes) {
      const heldBytes = Math.min(reservedBytes, received.batch.payload.length + HELD_PER_BATCH_BYTES);
      budget.give(reservedBytes - heldBytes);
      return new Promise((settle, fail) => {
        const first = line.oldest === undefined;
        line.add({ received, heldBytes, sinceMs: monotonicMs(), settle, fail, known: undefined });
        // Any other batch changes nothing of when the next flush is due.
        if (first || line.enough) wake();
      });
    },
    async run(signal) {
      let grace: NodeJS.Timeout | undefined;
      const stop = (): void => {
        grace = setTimeout(() => abandoned.abort(new Error('the hub stopped before the batch was stored')), STOP_GRACE_MS);
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      try {
        while (!signal.aborted || line.oldest !== undefined) {
          await due(signal);
          await landed(suspects.length > 0 ? 0 : FLUSHES_MAX - 1);
          const taken = line.take();
          if (taken !== undefined) begin(taken.items, taken.collected, abandoned.signal);
          if (suspects.length > 0) await judge(abandoned.signal);
          else line.fill();
        }
        await judge(abandoned.signal);
      } catch (error) {
        if (!abandoned.signal.aborted) throw error;
      } finally {
        await Promise.all([...flights, ...recordings]);
        const left = [...unsettled, ...line.items(), ...suspects.map(({ item }) => item)];
        for (const { fail } of left) fail(new Error('the hub stopped before the batch was stored'));
        if (left.length > 0)
          log.warn({ batches: left.length }, 'Stopping with batches not stored: their agents will send them again');
        clearTimeout(grace);
        signal.removeEventListener('abort', stop);
      }
    },
    rowsPerSecond: () => stored.perSecond(),
    pollToStoredMs: () => ({ p50: latency.quantile(0.5), p99: latency.quantile(0.99) }),
    late: () => line.oldest !== undefined && monotonicMs() - line.oldest.sinceMs > LATE_AGES * config.flushAgeMs,
    fault: () => insertion.fault() ?? suspects[0]?.reason,
  };
}

function arrivalOf({ batch, contentHash, receivedAtMs }: ReceivedBatch, open: OpenBatch): Arrival {
  return { open, contentHash, receivedAtMs, payloadBytes: batch.payload.length };
}

function nameOf({ agent, batch: { epoch, sequence }, contentHash, receivedAtMs }: ReceivedBatch) {
  return { agent, epoch, sequence: Number(sequence), contentHash, receivedAtMs };
}

function letterOf(received: ReceivedBatch, reason: string): DeadLetter {
  return { ...nameOf(received), reason, message: toBinary(BatchSchema, received.batch) };
}

/** Families of which the batch has rows. */
function familiesOf({ families }: Pick<OpenBatch, 'families'>): FamilyName[] {
  return Object.values(families)
    .filter(({ rows }) => rows > 0)
    .map(({ spec }) => spec.name);
}
