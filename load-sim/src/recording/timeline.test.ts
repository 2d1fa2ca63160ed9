import { describe, expect, it } from 'vitest';
import { parseCommand } from '../routers/command.ts';
import { createTimeline } from './timeline.ts';
import type { RecordedCommand } from './transcript.ts';

const HEADER = { recordedAt: '', routeros: '', board: '', agent: '', scrubbed: [], kept: [] };
const PRINT = ['/interface/print', '=.proplist=name', '=stats='];

function recorded(atMs: number, words: readonly string[], ...reply: string[][]): RecordedCommand {
  return { atMs, tookUs: 0, words, reply, bytes: 0, complete: true };
}

/** Three polls in 20 s, with the router's identity asked for once. */
function timeline() {
  return createTimeline({
    header: HEADER,
    commands: [
      recorded(0, PRINT, ['!re', '=rx-byte=100'], ['!done']),
      recorded(4, ['/system/identity/print'], ['!done']),
      recorded(6, ['/system/health/print'], ['!done']),
      recorded(20_006, ['/system/health/print'], ['!done']),
      recorded(5, ['/interface/wifi/registration-table/print'], ['!trap', '=message=no such command prefix'], ['!done']),
      recorded(20_000, PRINT, ['!re', '=rx-byte=300'], ['!done']),
      recorded(10_000, PRINT, ['!re', '=rx-byte=200'], ['!done']),
    ],
  });
}

const ask = (...words: string[]) => parseCommand(words);
const print = ask('/interface/print', '=stats=', '=.proplist=name', '.tag=9');

describe('a recording in time', () => {
  it('goes through the answers, and is over one interval after the last', () => {
    const line = timeline();
    expect(line.lengthMs).toBe(30_000);
    const answers = [0, 9999, 10_000, 20_000, 29_999, 30_000, 45_000].map(
      (ms) => line.answerAt(print, line.placeAt(ms))?.reply[0],
    );
    expect(answers).toEqual([100, 100, 200, 300, 300, 100, 200].map((bytes) => ['!re', `=rx-byte=${bytes}`]));
    expect(line.placeAt(65_000)).toEqual({ round: 2, atMs: 5000 });
  });

  it('answers what was asked once with that, also before it was asked', () => {
    const line = timeline();
    for (const ms of [0, 4, 29_000, 61_000]) expect(line.answerAt(ask('/system/identity/print'), line.placeAt(ms))?.atMs).toBe(4);
  });

  it('knows a command by its words, in any order, and no other', () => {
    const line = timeline();
    const place = line.placeAt(0);
    expect(line.answerAt(ask('/interface/print', '=.proplist=name'), place)).toBeUndefined();
    expect(line.answerAt(ask('/interface/print', '=.proplist=name', '=stats=', '?type=ether'), place)).toBeUndefined();
    expect(line.lacks(ask('/interface/wifi/registration-table/monitor'))).toBe(true);
    expect(line.lacks(ask('/interface/monitor'))).toBe(false);
  });

  it('knows a monitor by how many items it asks about: scrubbing makes names plain that were asked about by their ids', () => {
    const monitor = (items: string): string[] => ['/interface/ethernet/monitor', `=numbers=${items}`, '=once='];
    const line = createTimeline({ header: HEADER, commands: [recorded(7, monitor('ether1,*2'), ['!done'])] });
    const place = line.placeAt(0);
    expect(line.answerAt(ask(...monitor('ether1,interface-1')), place)?.atMs).toBe(7);
    expect(line.answerAt(ask(...monitor('ether1')), place)).toBeUndefined();
  });

  it('does not take a menu for absent that lacks a command alone', () => {
    const line = createTimeline({
      header: HEADER,
      commands: [
        recorded(0, ['/interface/wifi/print'], ['!done']),
        recorded(1, ['/interface/wifi/monitor'], ['!trap', '=message=no such command'], ['!done']),
      ],
    });
    expect(line.lacks(ask('/interface/wifi/listen'))).toBe(false);
  });

  it('never ends when nothing was asked twice', () => {
    const line = createTimeline({ header: HEADER, commands: [recorded(0, PRINT, ['!done'])] });
    expect(line.placeAt(1e12)).toEqual({ round: 0, atMs: 1e12 });
  });

  it('lets the uptime run on, and begin anew with the recording', () => {
    const line = timeline();
    const uptimeAt = (ms: number, text: string): number | undefined => {
      const place = line.placeAt(ms);
      const answer = line.answerAt(print, place);
      return answer && line.uptimeMs(text, answer, place);
    };
    expect(uptimeAt(4000, '1h')).toBe(3_604_000);
    expect(uptimeAt(14_000, '1h10s')).toBe(3_614_000);
    expect(uptimeAt(30_000, '1h')).toBe(0);
    expect(uptimeAt(44_000, '1h10s')).toBe(14_000);
    // A boot that was recorded shows in every round.
    expect(uptimeAt(44_000, '2s')).toBe(6000);
    expect(uptimeAt(4000, 'long')).toBeUndefined();
  });
});
