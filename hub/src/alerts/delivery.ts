/**
 * Delivers notifications: those that wait are in ClickHouse, so that neither a restart nor another hub loses one. A receiver may get one
 * twice, when a hub dies between delivery and record, and tells it by its id.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StoreError } from '../clickhouse/store-error.ts';
import type { Leases } from '../store/leases.ts';
import type { AlertMetrics } from './metrics.ts';
import type { Notification } from './notification.ts';
import type { AlertStore, Sending } from './store.ts';

/** Somebody who hears of incidents. */
export interface Receiver {
  readonly name: string;
  /** Most notifications of one rule and evaluation that go together. */
  readonly togetherMax: number;
  /** Resolves when the receiver has taken them. Throws any error when it has not; the signal ends the attempt. */
  send(notifications: readonly Notification[], signal: AbortSignal): Promise<void>;
}

export interface DeliveryConfig {
  readonly holder: string;
  readonly receivers: readonly Receiver[];
  /** How long after its writing a notification is given up, ms. */
  readonly giveUpMs: number;
}

export interface DeliveryDeps {
  readonly store: AlertStore;
  readonly leases: Leases;
  readonly nowMs: () => number;
  /** 0 up to 1. */
  readonly random: () => number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly metrics: AlertMetrics;
}

const LEASE = 'notifications';
const HELD_MS = 20_000;
const RENEW_MS = 7_000;
const POLL_MS = 5000;
const DUE_MAX = 500;
const RETRY_MS = 1000;
const RETRY_MAX_MS = 300_000;
/** Longest word on a failure that is kept. */
const ERROR_CHARACTERS = 500;

/** Full jitter: anything up to a bound that doubles with every failure, ms. */
export function retryDelayMs(failures: number, random: () => number): number {
  return Math.ceil(random() * Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** Math.min(failures, 20)));
}

export function createDelivery({ holder, receivers, giveUpMs }: DeliveryConfig, deps: DeliveryDeps) {
  const { store, leases, nowMs, random, log, metrics } = deps;
  const byName = new Map(receivers.map((receiver) => [receiver.name, receiver]));
  const failures = new Map<string, { readonly count: number; readonly untilMs: number }>();
  let wake: () => void = () => undefined;

  /** Tries one receiver until something fails: then the rest waits for its next turn. */
  async function deliverTo(receiver: Receiver, due: readonly Sending[], signal: AbortSignal): Promise<void> {
    for (const group of groups(due, receiver.togetherMax)) {
      if ((failures.get(receiver.name)?.untilMs ?? 0) > nowMs()) return;
      try {
        await receiver.send(group, signal);
      } catch (error) {
        if (signal.aborted) return;
        await failed(receiver, group, error, signal);
        return;
      }
      failures.delete(receiver.name);
      metrics.sendings.inc({ receiver: receiver.name, result: 'delivered' }, group.length);
      const settledMs = nowMs();
      // Also while the hub stops: what was delivered should be known to be.
      await store.settle(
        group.map((sending) => ({ ...sending, attempts: sending.attempts + 1, fate: 'delivered', settledMs, error: '' })),
        new AbortController().signal,
      );
    }
  }

  async function failed(receiver: Receiver, group: readonly Sending[], error: unknown, signal: AbortSignal): Promise<void> {
    const count = (failures.get(receiver.name)?.count ?? 0) + 1;
    const atMs = nowMs();
    const nextAttemptMs = atMs + retryDelayMs(Math.max(count, ...group.map(({ attempts }) => attempts + 1)), random);
    failures.set(receiver.name, { count, untilMs: nextAttemptMs });
    const text = (error instanceof Error ? error.message : String(error)).slice(0, ERROR_CHARACTERS);
    const tried = group.map((sending): Sending => {
      const base = { ...sending, attempts: sending.attempts + 1, error: text };
      return atMs - sending.createdMs < giveUpMs ? { ...base, nextAttemptMs } : { ...base, fate: 'given_up', settledMs: atMs };
    });
    const givenUp = tried.filter(({ fate }) => fate === 'given_up').length;
    metrics.sendings.inc({ receiver: receiver.name, result: 'failed' }, tried.length - givenUp);
    metrics.sendings.inc({ receiver: receiver.name, result: 'given_up' }, givenUp);
    if (count === 1 || givenUp > 0)
      log.warn({ receiver: receiver.name, reason: text, given_up: givenUp }, 'Cannot deliver notifications; tried again later');
    await store.settle(tried, signal);
  }

  /** Tries what is due, once. Throws StoreError. */
  async function turn(signal: AbortSignal): Promise<void> {
    const due = await store.due(nowMs(), DUE_MAX, signal);
    if (due.length > 0) {
      const byReceiver = Map.groupBy(due, ({ receiver }) => receiver);
      await Promise.all(
        [...byReceiver].map(async ([name, sendings]) => {
          const receiver = byName.get(name);
          if (receiver !== undefined) return deliverTo(receiver, sendings, signal);
          const gone = {
            fate: 'given_up',
            settledMs: nowMs(),
            error: 'the receiver is not in the configuration any more',
          } as const;
          metrics.sendings.inc({ receiver: name, result: 'given_up' }, sendings.length);
          await store.settle(
            sendings.map((sending) => ({ ...sending, ...gone })),
            signal,
          );
        }),
      );
    }
    const waiting = new Map((await store.waiting(signal)).map((row) => [row.receiver, row.waiting]));
    for (const { name } of receivers) metrics.waiting.set({ receiver: name }, waiting.get(name) ?? 0);
  }

  return {
    turn,
    /** Says that there may be something to deliver. */
    wake: (): void => wake(),
    /** Delivers until aborted. */
    async run(signal: AbortSignal): Promise<void> {
      let heldMs = 0;
      while (!signal.aborted) {
        const woken = new AbortController();
        wake = () => woken.abort();
        try {
          const startedMs = nowMs();
          if (startedMs - heldMs < RENEW_MS || (await leases.hold(LEASE, holder, HELD_MS, signal))) {
            if (startedMs - heldMs >= RENEW_MS) heldMs = startedMs;
            await turn(signal);
          }
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof StoreError)) throw error;
          log.warn({ err: error }, 'Cannot read notifications now; tried again in a few seconds');
          heldMs = 0;
        }
        const soonest = Math.min(POLL_MS, ...[...failures.values()].map(({ untilMs }) => Math.max(50, untilMs - nowMs())));
        // The loop sees the abort; a waking is no error.
        await delay(soonest, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => undefined);
      }
    },
  };
}

/** What goes together: notifications of one rule and evaluation. */
function groups(due: readonly Sending[], togetherMax: number): Sending[][] {
  const together = Map.groupBy(due, ({ rule, createdMs, attempts }) => JSON.stringify([rule, createdMs, attempts]));
  return [...together.values()].flatMap((sendings) =>
    Array.from({ length: Math.ceil(sendings.length / togetherMax) }, (_, index) =>
      sendings.slice(index * togetherMax, (index + 1) * togetherMax),
    ),
  );
}
