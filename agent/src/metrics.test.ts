import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';
import type { CollectorState } from './poller/agenda.ts';

const valuesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('unreadable values are counted by attribute, beyond two hundred together', async () => {
  const { registry, poller } = createMetrics();
  for (let index = 0; index < 300; index++) poller.unreadable('queues', `attribute-${index}`, 2);
  poller.unreadable('queues', 'attribute-7', 3);
  const values = valuesOf(await registry.getSingleMetricAsString('poplar_agent_unreadable_values_total'));
  expect(values).toHaveLength(201);
  expect(values).toContain('poplar_agent_unreadable_values_total{collector="queues",attribute="attribute-7"} 5');
  expect(values).toContain('poplar_agent_unreadable_values_total{collector="other",attribute="other"} 200');
});

test('runs of collectors are counted with their time', async () => {
  const { registry, poller } = createMetrics();
  poller.collectorRun('bgp', 250);
  poller.collectorRun('bgp', 500);
  expect(valuesOf(await registry.getSingleMetricAsString('poplar_agent_collector_runs_total'))).toEqual([
    'poplar_agent_collector_runs_total{collector="bgp"} 2',
  ]);
  expect(valuesOf(await registry.getSingleMetricAsString('poplar_agent_collector_run_seconds_total'))).toEqual([
    'poplar_agent_collector_run_seconds_total{collector="bgp"} 0.75',
  ]);
});

test('routers are counted by the state of their collectors, as it is now', async () => {
  const metrics = createMetrics();
  let bgp = new Map<CollectorState, number>([
    ['running', 400],
    ['absent', 90],
    ['shed', 10],
  ]);
  metrics.watch({
    status: () => ({ routers: 500, runningVisits: 0, waitingVisits: 0, openSessions: 0 }),
    collectorStates: () => new Map([['bgp', bgp]]),
  });
  const read = async (): Promise<string[]> =>
    valuesOf(await metrics.registry.getSingleMetricAsString('poplar_agent_collector_routers'));
  expect(await read()).toEqual([
    'poplar_agent_collector_routers{collector="bgp",state="absent"} 90',
    'poplar_agent_collector_routers{collector="bgp",state="shed"} 10',
  ]);
  bgp = new Map([['absent', 91]]);
  expect(await read()).toEqual(['poplar_agent_collector_routers{collector="bgp",state="absent"} 91']);
});
