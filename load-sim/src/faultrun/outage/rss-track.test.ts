import { describe, expect, it } from 'vitest';
import { rssMb } from '../../stack/usage.ts';
import { createRssTrack } from './rss-track.ts';

describe('resident sets over time', () => {
  it('have a peak within a range of time, for each part', () => {
    const track = createRssTrack();
    track.note('agent', process.pid, 10);
    const held = Buffer.alloc(64 * 2 ** 20, 1);
    track.note('agent', process.pid, 20);
    const [before, with64, both] = [track.peakMb('agent', 0, 20), track.peakMb('agent', 20, 30), track.peakMb('agent', 0, 30)];
    expect(with64).toBeGreaterThan((before ?? Number.NaN) + held.length / 2 ** 21);
    expect(both).toBe(with64);
  });

  it('are not known where nothing was read', () => {
    const track = createRssTrack();
    track.note('hub', undefined, 10);
    track.note('agent', process.pid, 10);
    expect(track.peakMb('hub', 0, 100)).toBeNull();
    expect(track.peakMb('agent', 11, 100)).toBeNull();
    expect(rssMb(process.pid)).toBeGreaterThan(1);
  });
});
