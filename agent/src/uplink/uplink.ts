/** Keeps a stream to one of the hubs: connects, fails over, backs off, and drains when the agent stops. */
import type { Logger } from 'pino';
import { type Bell, pause } from '../bell.ts';
import type { Clock } from '../clock.ts';
import { createRepeats } from '../log.ts';
import { type Spool, type SpoolItem, SpoolWriteError } from '../spool/spool.ts';
import { adviceOn } from './advice.ts';
import { createBackoff } from './backoff.ts';
import type { DialHub } from './hub-stream.ts';
import { nameable, PENDING_MAX } from './messages.ts';
import type { UplinkMetrics } from './metrics.ts';
import { createPace } from './pace.ts';
import { runSession, type SessionEnd } from './session.ts';
import { createSuspects } from './suspects.ts';

export interface UplinkConfig {
  readonly agent: string;
  readonly version: string;
  /** Hubs as host:port, in the order of preference. */
  readonly addresses: readonly string[];
  /** How long a stopping agent waits for the answers to its last batches. */
  readonly drainMs: number;
  readonly welcomeDeadlineMs: number;
  /** Most bytes per second of batches that are sent late, behind an outage. */
  readonly backlogBytesPerSecond: number;
  /** How often an agent with another hub than the first looks whether that one is back. */
  readonly returnMs: number;
}

export interface UplinkDeps {
  readonly dial: DialHub;
  readonly spool: Spool;
  readonly clock: Clock;
  /** Rings when the spool has something new; the uplink is its one waiter. */
  readonly news: Bell;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: UplinkMetrics;
}

export interface Uplink {
  /** Sends until the signal aborts, then drains within `drainMs`. What stays in the spool is sent by the next run. */
  run(signal: AbortSignal): Promise<void>;
  /** Hub clock minus agent clock at the last handshake; undefined before the first and after a step of the clock. */
  clockOffsetMs(): number | undefined;
}

/** How often an agent looks whether its clock has stepped since the handshake. */
const CLOCK_CHECK_MS = 1000;

/** How long a stream goes on whose handshake was too slow to measure the offset of the clocks; doubles from one such stream to the next. */
const UNMEASURED_MS = 60_000;
const UNMEASURED_MAX_MS = 3_600_000;

/** Part of the Hello of a new process that names the newest batches instead of the oldest: both ends were being sent. */
const NEWEST_SHARE = 0.25;

export function createUplink(config: UplinkConfig, deps: UplinkDeps): Uplink {
  const { clock, log, metrics, spool } = deps;
  const backoff = createBackoff(deps.random);
  const repeats = createRepeats(clock);
  const suspects = createSuspects();
  const pace = createPace(config.backlogBytesPerSecond, () => clock.monotonicMs());
  /** What this process has sent without an answer; undefined before its first stream: then anything may have been sent. */
  let sent: readonly SpoolItem[] | undefined;
  /** Batches that the next Hello may name: halved each time that a hub was too slow to look them up. */
  let namedMax = PENDING_MAX;
  let offset: { readonly ms: number; readonly generation: number } | undefined;
  /** At the Welcome of the stream; undefined before it. */
  let welcomed: { readonly generation: number; readonly monotonicMs: number } | undefined;
  /** How long a stream goes on without an offset. */
  let unmeasuredMs = UNMEASURED_MS;

  const clockOffsetMs = (): number | undefined => (offset?.generation === clock.generation() ? offset.ms : undefined);
  const waits = (item: SpoolItem): boolean => spool.next(item.position - 1)?.position === item.position;

  function pending(): readonly SpoolItem[] {
    if (namedMax === 0) return [];
    if (sent !== undefined) return nameable(sent.filter(waits).slice(-namedMax));
    const newestMax = Math.ceil(namedMax * NEWEST_SHARE);
    const oldest = collect(spool, 0, namedMax - newestMax);
    const newestFrom = Math.max(oldest.at(-1)?.position ?? 0, spool.state().newest - newestMax);
    return nameable([...oldest, ...collect(spool, newestFrom, newestMax)]);
  }

  async function connect(address: string, stop: AbortSignal, cut: AbortSignal): Promise<SessionEnd> {
    const { agent, version, welcomeDeadlineMs } = config;
    const { heldBack, trialMax } = suspects;
    const named = pending();
    const end = await runSession(
      { agent, version, welcomeDeadlineMs, address, pending: named, heldBack, trialMax },
      {
        ...deps,
        pace,
        onWelcome(ms) {
          welcomed = { generation: clock.generation(), monotonicMs: clock.monotonicMs() };
          if (ms !== undefined) {
            offset = { ms, generation: welcomed.generation };
            unmeasuredMs = UNMEASURED_MS;
            metrics.clockOffsetMs.set(ms);
          }
          const clock_offset_ms = ms === undefined ? undefined : Math.round(ms);
          repeats.limit('welcome', (suppressed) => log.info({ address, clock_offset_ms, suppressed }, 'Connected to the hub'));
        },
        onAck() {
          backoff.reset();
          // Only now is the trouble over: a hub may welcome an agent and still take nothing.
          repeats.clear();
        },
      },
      stop,
      cut,
    );
    if (end.welcomed) namedMax = PENDING_MAX;
    else if (end.silent) namedMax = Math.floor(named.length / 2);
    if (end.welcomed) {
      const known = new Map([...(sent ?? []), ...end.unanswered].map((item) => [item.position, item]));
      sent = [...known.values()].filter(waits).sort((a, b) => a.position - b.position);
      suspects.keep(waits);
      const blamed = end.fault === 'refused' || end.fault === 'other';
      const convicted = blamed ? suspects.blame(end.unanswered.filter(waits)) : undefined;
      if (convicted !== undefined) await giveUp(convicted);
    }
    return end;
  }

  async function giveUp(item: SpoolItem): Promise<void> {
    try {
      await spool.giveUp(item, 'refused');
    } catch (error) {
      // A full disk takes no declaration: the batch is tried, and blamed, again.
      if (!(error instanceof SpoolWriteError)) throw error;
    }
  }

  function report(address: string, { fault, reason, welcomed }: SessionEnd): void {
    metrics.streamEnds.inc({ fault });
    if (welcomed && (fault === 'ok' || fault === 'unreachable')) {
      repeats.limit('ended', (suppressed) =>
        log.info({ address, reason, suppressed }, 'The stream to the hub ended; connecting again'),
      );
      return;
    }
    repeats.limit(fault, (suppressed) => log.warn({ address, reason, suppressed }, adviceOn(fault, welcomed, config)));
  }

  /** Connects to a hub, and leaves it in order when one of the watches has a reason for another stream. */
  async function connectMeanwhile(
    address: string,
    watches: readonly Watch[],
    stop: AbortSignal,
    cut: AbortSignal,
  ): Promise<SessionEnd> {
    welcomed = undefined;
    const over = new AbortController();
    const leaving = createStop(config.drainMs);
    const watching = watches.map(async (watch) => {
      const reason = await watch(over.signal);
      if (reason === undefined) return;
      repeats.limit(reason, (suppressed) => log.info({ address, first: config.addresses[0], suppressed }, reason));
      leaving.begin();
    });
    try {
      return await connect(address, AbortSignal.any([stop, leaving.stop]), AbortSignal.any([cut, leaving.cut]));
    } finally {
      over.abort();
      await Promise.all(watching);
      leaving.end();
    }
  }

  /** The offset of the agent's clock to the hub's is measured by handshakes alone: after a step, and where one was too slow, by another. */
  async function watchClock(signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      if (signal.aborted) return undefined;
      if (welcomed !== undefined && clock.generation() !== welcomed.generation)
        return 'The clock stepped; connecting again to measure its offset to the hub';
      if (welcomed !== undefined && clockOffsetMs() === undefined && clock.monotonicMs() - welcomed.monotonicMs >= unmeasuredMs) {
        unmeasuredMs = Math.min(2 * unmeasuredMs, UNMEASURED_MAX_MS);
        return "The clock's offset to the hub is not known; connecting again to measure it";
      }
      await pause(CLOCK_CHECK_MS, signal);
    }
  }

  /** Looks whether the first hub can be reached again. */
  async function watchFirst(signal: AbortSignal): Promise<string | undefined> {
    const [first] = config.addresses;
    for (;;) {
      await pause(config.returnMs, signal);
      if (signal.aborted || first === undefined) return undefined;
      const probe = deps.dial(first, () => undefined);
      const over = new AbortController();
      const reached = await Promise.race([
        probe.opened.then(() => true),
        probe.ended.then(() => false),
        pause(config.welcomeDeadlineMs, AbortSignal.any([signal, over.signal])).then(() => false),
      ]);
      over.abort();
      probe.cancel('the probe is over');
      if (reached && !signal.aborted) return 'The first hub is back; leaving this one';
    }
  }

  /** One attempt at each hub in turn, until one has welcomed the agent. */
  async function tryAll(stop: AbortSignal, cut: AbortSignal): Promise<void> {
    for (const [index, address] of config.addresses.entries()) {
      const end = await connectMeanwhile(address, index === 0 ? [watchClock] : [watchClock, watchFirst], stop, cut);
      if (stop.aborted) return;
      report(address, end);
      if (end.welcomed) return;
    }
  }

  return {
    async run(signal) {
      const draining = createStop(config.drainMs);
      const onStop = (): void => draining.begin();
      signal.addEventListener('abort', onStop, { once: true });
      try {
        while (!signal.aborted) {
          try {
            await tryAll(signal, draining.cut);
          } catch (error) {
            repeats.limit('spool', (suppressed) => log.error({ err: error, suppressed }, 'Cannot read the spool; trying again'));
          }
          if (!signal.aborted) await pause(backoff.next(), signal);
        }
      } finally {
        draining.end();
        signal.removeEventListener('abort', onStop);
      }
    },
    clockOffsetMs,
  };
}

/** Resolves with why a hub is to be left, or with undefined when the signal aborts. */
type Watch = (signal: AbortSignal) => Promise<string | undefined>;

/** The two steps of an end in order: stop taking on more, and some time later cut off what is left. */
interface Stop {
  readonly stop: AbortSignal;
  readonly cut: AbortSignal;
  begin(): void;
  /** Lets go of the timer. */
  end(): void;
}

function createStop(drainMs: number): Stop {
  const stopping = new AbortController();
  const cutting = new AbortController();
  let deadline: NodeJS.Timeout | undefined;
  return {
    stop: stopping.signal,
    cut: cutting.signal,
    begin() {
      stopping.abort();
      deadline ??= setTimeout(() => cutting.abort(), drainMs);
    },
    end: () => clearTimeout(deadline),
  };
}

/** Up to `count` waiting batches after `position`. */
function collect(spool: Pick<Spool, 'next'>, position: number, count: number): SpoolItem[] {
  const items: SpoolItem[] = [];
  for (let item = spool.next(position); item !== undefined && items.length < count; item = spool.next(item.position))
    items.push(item);
  return items;
}
