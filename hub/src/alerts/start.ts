/** The parts of a hub that evaluates rules and tells people. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { ClickHouseAddress } from '../clickhouse/client.ts';
import { createStatements } from '../clickhouse/statements.ts';
import { createLeases } from '../store/leases.ts';
import { createAlerts } from './alerts.ts';
import type { AlertSettings, ReceiverConfig } from './config.ts';
import { createDelivery, type Receiver } from './delivery.ts';
import { createEmail } from './email.ts';
import { createRulesClient } from './login.ts';
import { createAlertMetrics } from './metrics.ts';
import { createRuleReader } from './rule-reader.ts';
import { createAlertStore } from './store.ts';
import { createWebhook } from './webhook.ts';

interface Part {
  readonly name: string;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export interface AlertParts extends AsyncDisposable {
  readonly parts: readonly Part[];
}

export interface AlertPartsDeps {
  /** The hub's own. */
  readonly clickhouse: ClickHouseClient;
  /** As whom rules read. */
  readonly address: ClickHouseAddress;
  readonly registry: Registry;
  readonly log: Logger;
}

/** Makes them; none where alerts are off. They start with `run`. */
export function createAlertParts(settings: AlertSettings | undefined, deps: AlertPartsDeps): AlertParts {
  if (settings === undefined) return { parts: [], [Symbol.asyncDispose]: () => Promise.resolve() };
  const { clickhouse, address, registry, log } = deps;
  const { book, interests, viewerUrl, settleMs, giveUpMs, limits } = settings;
  const rules = createRulesClient(address, limits);
  const holder = randomUUID();
  const common = {
    store: createAlertStore(clickhouse),
    leases: createLeases(createStatements(clickhouse, address.database)),
    nowMs: Date.now,
    log,
  };
  const metrics = createAlertMetrics(registry);
  const receivers = settings.receivers.map(receiverOf);
  const delivery = createDelivery({ holder, receivers, giveUpMs }, { ...common, random: Math.random, metrics });
  const alerts = createAlerts(
    { holder, book, interests, viewerUrl, settleMs },
    {
      ...common,
      reader: createRuleReader(rules, () => performance.now()),
      pause: (ms, signal) => delay(ms, undefined, { signal }),
      metrics,
      onQueued: delivery.wake,
    },
  );
  return {
    parts: [
      { name: 'alerts', run: (signal) => alerts.run(signal) },
      { name: 'notifications', run: (signal) => delivery.run(signal) },
    ],
    [Symbol.asyncDispose]: () => rules.close(),
  };
}

function receiverOf(config: ReceiverConfig): Receiver {
  return config.kind === 'webhook' ? createWebhook(config, Date.now) : createEmail(config);
}
