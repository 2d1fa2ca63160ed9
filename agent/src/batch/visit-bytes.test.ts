import { ROW_FAMILIES } from '@poplar/proto/families';
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import { expect, it } from 'vitest';
import { createGathering } from '../collectors/collector.ts';
import type { Visit } from '../poller/visit.ts';
import { visitBytes } from './visit-bytes.ts';

const poll: Visit['poll'] = {
  site: 'fra1',
  router: 'core-1',
  tsMs: 1,
  outcome: PollOutcome.OK,
  error: '',
  durationUs: 1000,
  baseline: 77n,
  intervalMs: 10_000,
  collapsedRows: 0,
  parseErrors: 0,
  answeredCollectors: 0n,
  address: '127.72.0.1:8728',
};

it.each(ROW_FAMILIES.map(({ name }) => name))('counts the rows of %s', (name) => {
  const { rows } = createGathering();
  const before = visitBytes({ poll, rows });
  expect(visitBytes({ poll, rows: { ...rows, [name]: [{ text: 'twelve bytes', number: 1 }] } })).toBe(before + 12 + 2 * 8);
});
