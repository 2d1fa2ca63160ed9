import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type AlertMetrics = ReturnType<typeof createAlertMetrics>;

/** Counters of rules and notifications, registered where /metrics looks. */
export function createAlertMetrics(registry: Registry) {
  const registers = [registry];
  return {
    evaluations: new Counter({
      name: 'poplar_hub_alert_evaluations_total',
      help: 'Evaluations of rules, by their result: ok or failed',
      labelNames: ['rule', 'result'] as const,
      registers,
    }),
    evaluationSeconds: new Histogram({
      name: 'poplar_hub_alert_evaluation_seconds',
      help: 'Time that ClickHouse took for one evaluation of a rule',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    failing: new Gauge({
      name: 'poplar_hub_alert_rules_failing',
      help: 'Rules whose last evaluation failed',
      registers,
    }),
    incidents: new Gauge({
      name: 'poplar_hub_incidents_open',
      help: 'Open incidents, those that another explains included',
      labelNames: ['severity'] as const,
      registers,
    }),
    notifications: new Counter({
      name: 'poplar_hub_notifications_total',
      help: 'Notifications written, by kind',
      labelNames: ['kind'] as const,
      registers,
    }),
    sendings: new Counter({
      name: 'poplar_hub_notification_sendings_total',
      help: 'Attempts to deliver notifications, by their result: delivered, failed or given_up',
      labelNames: ['receiver', 'result'] as const,
      registers,
    }),
    waiting: new Gauge({
      name: 'poplar_hub_notifications_waiting',
      help: 'Notifications that are not delivered yet',
      labelNames: ['receiver'] as const,
      registers,
    }),
  };
}
