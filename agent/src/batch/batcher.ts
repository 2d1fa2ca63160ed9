/**
 * Numbers polls, gathers them into batches and seals these into the spool. A poll that cannot be kept is counted with a
 * reason and leaves a hole in the poll numbers; a sequence exists only once its batch is safely on disk.
 */
import { toBinary } from '@bufbuild/protobuf';
import { contentHash, sealBatch } from '@poplar/proto/batch';
import { BatchSchema } from '@poplar/proto/telemetry/v1/ingest';
import { POLL_AFTER_SEAL_MAX_MS, TIME_MAX_MS, TIME_MIN_MS } from '@poplar/proto/validate';
import type { Logger } from 'pino';
import { createBell, pause } from '../bell.ts';
import type { Clock } from '../clock.ts';
import { createRepeats } from '../log.ts';
import type { Visit } from '../poller/visit.ts';
import { type SealedBatch, type Spool, SpoolWriteError } from '../spool/spool.ts';
import { type ClosedBatch, createGatheringBatch, type OpenGathering } from './gathering.ts';
import type { BatchMetrics } from './metrics.ts';
import { visitBytes } from './visit-bytes.ts';

export interface BatcherConfig {
  readonly agent: string;
  /** Random name of this process run, not 0. */
  readonly epoch: bigint;
  /** Age at which a batch is sealed. */
  readonly ageMaxMs: number;
  /** Size before compression at which a batch is sealed. */
  readonly bytesMax: number;
  /** Size of all batches that may wait in memory for a slow disk, or one that refuses. */
  readonly waitingBytesMax: number;
  /** Between two attempts to write to a disk that refuses. */
  readonly retryMs: number;
}

export interface BatcherDeps {
  readonly clock: Clock;
  readonly spool: Pick<Spool, 'append'>;
  readonly log: Logger;
  readonly metrics: BatchMetrics;
  /** Hub clock minus agent clock at the last handshake; undefined before the first. */
  readonly clockOffsetMs: () => number | undefined;
}

export interface Batcher {
  /** Takes one visit. Never throws because of it. */
  add(visit: Visit): void;
  /** Seals batches until the signal aborts, then what is left. Visits added later are lost. */
  run(signal: AbortSignal): Promise<void>;
}

/** Batches that may wait in memory for a slow disk, or one that refuses; then the oldest is given up. */
const WAITING_MAX = 64;

export function createBatcher(config: BatcherConfig, deps: BatcherDeps): Batcher {
  const { clock, log, metrics } = deps;
  const bell = createBell();
  const repeats = createRepeats(clock);
  const startedMonotonicMs = clock.monotonicMs();
  const closed: ClosedBatch[] = [];
  let open: OpenGathering | undefined;
  let pollNumber = 0;
  let sequence = 1;
  let epochStartedAtMs: number | undefined;

  function drop(reason: 'invalid' | 'clock' | 'spool', polls: number, message: string, fields: object): void {
    metrics.droppedPolls.inc({ reason }, polls);
    repeats.limit(reason, (suppressed) => log.error({ ...fields, suppressed }, message));
  }

  function closeOpen(): void {
    const batch = open?.close(deps.clockOffsetMs());
    open = undefined;
    if (batch === undefined) return;
    closed.push(batch);
    bell.ring();
    while (closed.length > WAITING_MAX || (closed.length > 1 && waitingBytes() > config.waitingBytesMax)) {
      const oldest = closed.shift();
      if (oldest === undefined) return;
      drop('spool', oldest.polls, 'The spool cannot be written: gave up polls that waited in memory', { polls: oldest.polls });
    }
  }

  function waitingBytes(): number {
    return closed.reduce((sum, { builder }) => sum + builder.bytes, 0);
  }

  function add(visit: Visit): void {
    pollNumber++;
    const tsMs = Number(visit.poll.tsMs);
    const nowMs = clock.nowMs();
    if (tsMs < TIME_MIN_MS || tsMs >= TIME_MAX_MS || Math.abs(nowMs - tsMs) > POLL_AFTER_SEAL_MAX_MS) {
      const now = new Date(nowMs).toISOString();
      drop(
        'clock',
        1,
        `Dropped a poll: its time is far from the system clock, which says ${now}; see that the clock is set (NTP)`,
        {
          router: visit.poll.router,
          ts_ms: tsMs,
        },
      );
      return;
    }
    // A poll that fills a batch by itself may be more than a hub takes: it must not drag others along.
    const alone = visitBytes(visit) > config.bytesMax;
    if (open !== undefined && (alone || open.generation !== clock.generation())) closeOpen();
    const opened = open === undefined;
    open ??= createGatheringBatch(clock);
    try {
      open.add(visit, pollNumber, tsMs);
      metrics.polls.inc();
    } catch (error) {
      drop('invalid', 1, 'Dropped a poll: a value fits no column', { err: error, router: visit.poll.router });
      return;
    }
    if (alone || open.bytes >= config.bytesMax) closeOpen();
    else if (opened) bell.ring();
  }

  /** The run's start as the hub ranks it: taken at the first sealing, when a clock that started in 1970 has been set. */
  function startedAtMs(): number {
    epochStartedAtMs ??= Math.trunc(clock.nowMs() - (clock.monotonicMs() - startedMonotonicMs));
    return epochStartedAtMs;
  }

  function seal(batch: ClosedBatch): { sealed: SealedBatch; payloadBytes: number } {
    const { agent, epoch } = config;
    const { sealedAtMs, clockOffsetMs, firstPollMs, lastPollMs } = batch;
    const message = sealBatch(batch.builder, {
      agent,
      epoch,
      sequence,
      epochStartedAtMs: startedAtMs(),
      sealedAtMs,
      clockOffsetMs,
    });
    return {
      sealed: {
        epoch,
        sequence,
        contentHash: contentHash(message.payload),
        firstPollMs,
        lastPollMs,
        message: toBinary(BatchSchema, message),
      },
      payloadBytes: message.payload.length,
    };
  }

  /** Spools one batch, trying the same bytes again until the disk takes them; after the stop, once more only. */
  async function store(batch: ClosedBatch, signal: AbortSignal): Promise<void> {
    const { sealed, payloadBytes } = seal(batch);
    for (;;) {
      const last = signal.aborted;
      try {
        await deps.spool.append(sealed);
        sequence++;
        metrics.sealed.inc();
        metrics.sealedBytes.inc(payloadBytes);
        metrics.pollsPerBatch.observe(batch.polls);
        log.debug({ sequence: sealed.sequence, polls: batch.polls, bytes: payloadBytes }, 'Sealed');
        return;
      } catch (error) {
        if (!(error instanceof SpoolWriteError)) throw error;
        repeats.limit('refused', (suppressed) =>
          log.error(
            { err: error, suppressed },
            'Cannot spool a batch; trying again. Free space on the disk of spool.folder or mend it',
          ),
        );
        if (last || error.code === 'EFBIG') {
          drop('spool', batch.polls, 'The spool cannot be written: gave up polls', { polls: batch.polls });
          return;
        }
      }
      await pause(config.retryMs, signal);
    }
  }

  return {
    add,
    async run(signal) {
      for (;;) {
        if (open !== undefined && (signal.aborted || open.ageMs() >= config.ageMaxMs)) closeOpen();
        const batch = closed.shift();
        if (batch !== undefined) await store(batch, signal);
        else if (signal.aborted) return;
        else await bell.wait(signal, open === undefined ? undefined : Math.max(1, config.ageMaxMs - open.ageMs()));
      }
    },
  };
}
