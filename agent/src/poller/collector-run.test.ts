import { describe, expect, it } from 'vitest';
import { createClock } from '../clock.ts';
import { bgpCollector } from '../collectors/bgp.ts';
import { clockCollector } from '../collectors/clock.ts';
import { createGathering } from '../collectors/collector.ts';
import { createCapabilities } from './capabilities.ts';
import { runCollector } from './collector-run.ts';
import type { Reply, Trap } from './router-client.ts';
import { createTableLengths } from './table-lengths.ts';

const SESSION = '/routing/bgp/session/print';
const CONNECTION = '/routing/bgp/connection/print';

function rows(...written: Readonly<Record<string, string>>[]): Reply {
  return { rows: written.map((row) => new Map(Object.entries(row))), traps: [], ret: undefined };
}

function trap(kind: Trap['kind'], message: string): Reply {
  return { rows: [], traps: [{ kind, message }], ret: undefined };
}

/** What a run on a router with these answers gives; it lacks what it has no answer for. */
async function run(answers: Readonly<Record<string, Reply>>) {
  const gathering = createGathering();
  const result = await runCollector(bgpCollector, gathering, {
    client: {
      command: ([command = '']) => Promise.resolve(answers[command] ?? trap('absent', 'no such command prefix')),
      ended: undefined,
      close() {},
    },
    clock: createClock(),
    clockGeneration: 0,
    capabilities: createCapabilities(),
    lengths: createTableLengths(),
    context: { generationOf: () => 0 },
    onReply() {},
    onBug(error) {
      throw error;
    },
  });
  return { ...result, peers: gathering.rows.bgpPeers.map(({ peer, established }) => [peer, established]) };
}

const TRANSIT = { name: 'transit', 'remote.address': '192.0.2.17' };

describe('a run of a collector that joins menus', () => {
  it('joins what was answered, an empty table too', async () => {
    expect(await run({ [SESSION]: rows(), [CONNECTION]: rows(TRANSIT) })).toMatchObject({
      peers: [['transit', 0]],
      failure: undefined,
      absent: false,
      commands: 3,
      replyRows: 1,
    });
  });

  it('does not take a table that could not be read for an empty one', async () => {
    const failing = trap('other', 'failure: internal error');
    expect(await run({ [SESSION]: failing, [CONNECTION]: rows(TRANSIT) })).toMatchObject({
      peers: [],
      failure: { permission: false, reason: '/routing/bgp/session: failure: internal error' },
      absent: false,
    });
    expect(await run({ [SESSION]: failing, [CONNECTION]: failing })).toMatchObject({ peers: [], absent: false });
  });

  it('is absent on a router that has none of the menus', async () => {
    expect(await run({})).toMatchObject({ peers: [], failure: undefined, absent: true, commands: 3 });
  });
});

describe('a run of a collector that needs the time', () => {
  const SENT_MS = Date.UTC(2026, 0, 1);

  /** What a router's clock says in answer to a command that takes 400 ms; the agent's steps meanwhile, or had stepped since the visit began. */
  async function clockRow(stepMs: number, steppedBeforeMs = 0) {
    const time = { wallMs: SENT_MS - steppedBeforeMs, monotonicMs: 0 };
    const clock = createClock({ wallMs: () => time.wallMs, monotonicMs: () => time.monotonicMs });
    time.wallMs += steppedBeforeMs;
    const gathering = createGathering();
    await runCollector(clockCollector, gathering, {
      client: {
        command: () => {
          time.wallMs += 400 + stepMs;
          time.monotonicMs += 400;
          return Promise.resolve(rows({ date: '2026-01-01', time: '00:00:05', 'gmt-offset': '+00:00', 'time-zone-name': 'UTC' }));
        },
        ended: undefined,
        close() {},
      },
      clock,
      clockGeneration: 0,
      capabilities: createCapabilities(),
      lengths: createTableLengths(),
      context: { generationOf: () => 0 },
      onReply() {},
      onBug(error) {
        throw error;
      },
    });
    return gathering.rows.routerClocks[0];
  }

  it('takes the middle between command and answer', async () => {
    expect(await clockRow(0)).toMatchObject({ clockMs: SENT_MS + 5000, offsetMs: 4800, roundTripUs: 400_000 });
  });

  it.each([3_600_000, -3_600_000])('has none when the clock stepped by %d ms meanwhile', async (stepMs) => {
    expect(await clockRow(stepMs)).toMatchObject({ clockMs: SENT_MS + 5000, offsetMs: undefined, roundTripUs: 400_000 });
  });

  it('has none when the clock stepped earlier in the visit: the row has the time of before', async () => {
    expect(await clockRow(0, -3_600_000)).toMatchObject({ clockMs: SENT_MS + 5000, offsetMs: undefined, roundTripUs: 400_000 });
  });
});
