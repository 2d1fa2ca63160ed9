import { expect, test } from 'vitest';
import type { SpoolItem } from '../spool/spool.ts';
import { createFlight } from './flight.ts';
import { createLanes, type Lanes } from './lanes.ts';
import { createPace } from './pace.ts';

const BYTES = 100;
const WINDOW = 1000 * BYTES;

/** A spool of so many batches that all wait, and a clock that stands still. */
function createScene({ backlog, batchesPerSecond = 1e6 }: { readonly backlog: number; readonly batchesPerSecond?: number }) {
  const scene = { newest: backlog, nowMs: 0 };
  const item = (position: number): SpoolItem => ({ position, epoch: 7n, sequence: position, contentHash: 0n, bytes: BYTES });
  const spool = {
    next: (position: number) => (position < scene.newest ? item(position + 1) : undefined),
    state: () => ({ newest: scene.newest, skips: [] }),
  };
  const pace = createPace(batchesPerSecond * BYTES, () => scene.nowMs);
  const flight = createFlight(WINDOW);
  /** What is sent now, until nothing may. */
  const drain = (lanes: Lanes): number[] => {
    const sent: number[] = [];
    for (let choice = lanes.next(flight); choice !== undefined; choice = lanes.next(flight)) {
      flight.add(choice.lane, choice.item);
      sent.push(choice.item.position);
    }
    return sent;
  };
  const heldBack = (...positions: number[]): Lanes => createLanes({ spool, pace, heldBack: positions.map(item) });
  return { scene, drain, heldBack };
}

test('fresh batches go first, then the backlog, oldest first', () => {
  const { scene, drain, heldBack } = createScene({ backlog: 4 });
  const lanes = heldBack();
  scene.newest = 6;
  expect(drain(lanes)).toEqual([5, 6, 1, 2, 3, 4]);
});

test('the backlog sends what its pace allows, says when there is more, and holds up nothing fresh', () => {
  const { scene, drain, heldBack } = createScene({ backlog: 100, batchesPerSecond: 10 });
  const lanes = heldBack();
  // A second is saved up, and the last one that fits may overdraw it.
  expect(drain(lanes)).toHaveLength(11);
  expect(lanes.waitMs).toBeCloseTo(100);
  scene.newest = 101;
  expect(drain(lanes)).toEqual([101]);
  scene.nowMs += 500;
  expect(drain(lanes)).toEqual([12, 13, 14, 15, 16]);
  scene.nowMs += 3600_000;
  expect(drain(lanes)).toHaveLength(11);
});

test('the pace is kept over streams', () => {
  const { drain, heldBack } = createScene({ backlog: 100, batchesPerSecond: 10 });
  drain(heldBack());
  expect(drain(heldBack())).toEqual([]);
});

test('batches that are held back are left out, and nothing is left of the backlog when it was stopped', () => {
  const { drain, heldBack } = createScene({ backlog: 5 });
  expect(drain(heldBack(2, 4))).toEqual([1, 3, 5]);
  const lanes = heldBack();
  lanes.stopBacklog();
  expect(drain(lanes)).toEqual([]);
  expect(lanes.waitMs).toBeUndefined();
});
