/** The agent's own figures, for Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type BatchMetrics, createBatchMetrics } from './batch/metrics.ts';
import { outcomeName } from './poller/outcome.ts';
import type { Poller, PollerMetrics, PollerStatus } from './poller/poller.ts';
import { createSpoolMetrics, type SpoolMetrics } from './spool/metrics.ts';
import { createUplinkMetrics, type UplinkMetrics } from './uplink/metrics.ts';

export interface AgentMetrics {
  readonly registry: Registry;
  /** A log line that stdout did not take. */
  readonly droppedLogLine: () => void;
  readonly poller: PollerMetrics;
  readonly batch: BatchMetrics;
  readonly spool: SpoolMetrics;
  readonly uplink: UplinkMetrics;
  /** Has the poller's state read at every scrape. */
  watch(poller: Pick<Poller, 'status' | 'collectorStates'>): void;
}

/** Attributes that are counted by name; further ones are counted together. */
const ATTRIBUTES_MAX = 200;

export function createMetrics(): AgentMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const visits = new Counter({
    name: 'poplar_agent_visits_total',
    help: 'Visits to routers by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'poplar_agent_visit_duration_seconds',
    help: 'From the start of a visit to its last reply.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const late = new Counter({
    name: 'poplar_agent_late_visits_total',
    help: 'Visits that started noticeably after their time: the agent or poll.concurrency is at its limit.',
    registers,
  });
  const runs = new Counter({
    name: 'poplar_agent_collector_runs_total',
    help: 'Runs of collectors on routers.',
    labelNames: ['collector'],
    registers,
  });
  const runSeconds = new Counter({
    name: 'poplar_agent_collector_run_seconds_total',
    help: 'Time that routers took to answer these runs.',
    labelNames: ['collector'],
    registers,
  });
  const unreadable = new Counter({
    name: 'poplar_agent_unreadable_values_total',
    help: 'Values that routers wrote in a way that could not be read, by the attribute of the API.',
    labelNames: ['collector', 'attribute'],
    registers,
  });
  const droppedLogLines = new Counter({
    name: 'poplar_agent_log_lines_dropped_total',
    help: 'Log lines that stdout did not take.',
    registers,
  });
  const attributes = new Set<string>();
  return {
    registry,
    droppedLogLine: () => droppedLogLines.inc(),
    poller: {
      visit(outcome, durationMs) {
        visits.inc({ outcome: outcomeName(outcome) });
        seconds.observe(durationMs / 1000);
      },
      lateStart: () => late.inc(),
      collectorRun(collector, durationMs) {
        runs.inc({ collector });
        runSeconds.inc({ collector }, durationMs / 1000);
      },
      unreadable(collector, attribute, values) {
        const key = `${collector}\n${attribute}`;
        if (attributes.size < ATTRIBUTES_MAX) attributes.add(key);
        unreadable.inc(attributes.has(key) ? { collector, attribute } : { collector: 'other', attribute: 'other' }, values);
      },
    },
    batch: createBatchMetrics(registry),
    spool: createSpoolMetrics(registry),
    uplink: createUplinkMetrics(registry),
    watch(poller) {
      const gauge = (name: string, help: string, read: (now: PollerStatus) => number): Gauge =>
        new Gauge({
          name,
          help,
          registers,
          collect() {
            this.set(read(poller.status()));
          },
        });
      gauge('poplar_agent_routers', 'Routers in the configuration.', ({ routers }) => routers);
      gauge('poplar_agent_open_sessions', 'Sessions that are logged in.', ({ openSessions }) => openSessions);
      gauge('poplar_agent_running_visits', 'Visits under way.', ({ runningVisits }) => runningVisits);
      gauge(
        'poplar_agent_waiting_visits',
        'Visits that are due and wait for poll.concurrency.',
        ({ waitingVisits }) => waitingVisits,
      );
      registry.registerMetric(
        new Gauge({
          name: 'poplar_agent_collector_routers',
          help: 'Routers on which a collector is not running as configured, by its state.',
          labelNames: ['collector', 'state'],
          registers: [],
          collect() {
            this.reset();
            for (const [collector, states] of poller.collectorStates())
              for (const [state, routers] of states) if (state !== 'running') this.set({ collector, state }, routers);
          },
        }),
      );
    },
  };
}
