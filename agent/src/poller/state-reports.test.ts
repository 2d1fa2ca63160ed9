import { expect, it } from 'vitest';
import type { CollectorStatus } from './agenda.ts';
import { createStateReports, SUMMARY_MS } from './state-reports.ts';

const RUNNING: CollectorStatus = { name: 'bgp', state: 'running', reason: '', intervalMs: 60_000 };
const SHED: CollectorStatus = { name: 'bgp', state: 'shed', reason: 'a run took 9 000 ms', intervalMs: 60_000 };
const ARP: CollectorStatus = { name: 'arp', state: 'absent', reason: 'no such menu', intervalMs: 300_000 };

it('tells of each collector once, then only of changes', () => {
  const reports = createStateReports(SUMMARY_MS);
  expect(reports.take([RUNNING], 0)).toMatchObject([{ collector: 'bgp', state: 'running', intervalMs: 60_000, runs: 0 }]);
  expect(reports.take([RUNNING, ARP], 1)).toMatchObject([{ collector: 'arp', state: 'absent', reason: 'no such menu' }]);
  expect(reports.take([RUNNING, ARP], 2)).toEqual([]);
  expect(reports.take([SHED, ARP], 3)).toMatchObject([{ collector: 'bgp', state: 'shed', reason: 'a run took 9 000 ms' }]);
  expect(reports.take([{ ...SHED, intervalMs: 240_000 }, ARP], 4)).toMatchObject([{ state: 'shed', intervalMs: 240_000 }]);
  expect(reports.take([RUNNING, ARP], 5)).toMatchObject([{ collector: 'bgp', state: 'running' }]);
});

it('sums up every few minutes, and at once after a silence', () => {
  const reports = createStateReports(1000);
  const told = [0, 999, 1000, 1001, 1000 + SUMMARY_MS, 1000 + 5.5 * SUMMARY_MS, 1000 + 5.6 * SUMMARY_MS, 1000 + 6 * SUMMARY_MS];
  expect(told.map((nowMs) => reports.take([RUNNING, ARP], nowMs).length)).toEqual([2, 0, 2, 0, 2, 2, 0, 2]);
});

it('counts the runs since the previous row, and none that asked for nothing', () => {
  const reports = createStateReports(1000);
  reports.noteRun('bgp', { commands: 2, durationMs: 1.5, replyRows: 3 });
  reports.noteRun('bgp', { commands: 1, durationMs: 2.25, replyRows: 4 });
  reports.noteRun('arp', { commands: 0, durationMs: 0, replyRows: 0 });
  expect(reports.take([RUNNING, ARP], 0)).toMatchObject([
    { runs: 2, durationUs: 3750, durationMaxUs: 2250, replyRows: 7 },
    { runs: 0, durationUs: 0, durationMaxUs: 0, replyRows: 0 },
  ]);
  reports.noteRun('bgp', { commands: 1, durationMs: 1, replyRows: 1 });
  expect(reports.take([RUNNING, ARP], 1000)).toMatchObject([
    { runs: 1, durationUs: 1000, durationMaxUs: 1000, replyRows: 1 },
    { runs: 0, durationMaxUs: 0 },
  ]);
});
