/** Random histories of routers for tests, with all that happens to them. */
import type { TestRow } from '../api/testing.ts';
import { random } from '../rollup/testing.ts';
import type { Seen, SeenBoard, SeenDevice, SeenInterface, SeenPoll } from './oracle.ts';
import type { TestRows } from './testing.ts';

const MINUTE_MS = 60_000;
const FAILURES = ['timeout', 'refused', 'closed'];

/**
 * Two hours and a half of two sites: failures, outages, silent agents and restarted ones, two agents with clocks of their own on one router, reboots,
 * upgrades, replaced routers, interfaces that flap, absent values, and rows with the same identity.
 */
export function history(seed: number, startMs: number): Seen {
  const draw = random(seed);
  const pick = <T>(values: readonly [T, ...T[]]): T => values[draw(values.length)] ?? values[0];
  const seen = {
    polls: [] as SeenPoll[],
    devices: [] as SeenDevice[],
    boards: [] as SeenBoard[],
    interfaces: [] as SeenInterface[],
  };
  const endMs = startMs + 150 * MINUTE_MS;
  const routers = ['r1', 'r2', 'r3'].flatMap((router) => ['fra1', 'ams1'].map((site) => ({ site, router })));
  const agents = new Map(
    ['a1', 'a2'].map((agent, index) => [
      agent,
      { epoch: BigInt(10 + index), startedMs: startMs - 1000, restartAtMs: startMs + (20 + draw(120)) * MINUTE_MS },
    ]),
  );
  for (const { site, router } of routers) {
    const intervalMs = pick([10_000, 20_000, 60_000]);
    const truth = {
      bootedMs: startMs - draw(100) * MINUTE_MS,
      version: 1,
      serial: 1,
      firmware: 1,
      running: 1,
      disabled: 0,
      downs: draw(4),
      failing: 0,
    };
    for (const agent of router === 'r2' ? ['a1', 'a2'] : ['a1']) {
      const run = agents.get(agent);
      if (run === undefined) throw new Error('BUG: no such agent');
      const skewMs = agent === 'a2' ? draw(3000) : 0;
      for (let ms = startMs + draw(intervalMs); ms < endMs; ms += intervalMs + draw(200) - 100) {
        const event = draw(120);
        if (event === 0) ms += draw(40) * MINUTE_MS;
        if (event === 1) truth.failing = 1 + draw(8);
        if (event === 2) [truth.bootedMs, truth.downs] = [ms - draw(20_000), 0];
        if (event === 3) truth.version += 1;
        if (event === 4) [truth.serial, truth.firmware] = [truth.serial + 1, truth.firmware + draw(2)];
        if (event < 8 && event > 4) [truth.running, truth.downs] = [1 - truth.running, truth.downs + truth.running];
        if (event === 8) truth.disabled = 1 - truth.disabled;
        if (event === 9) truth.downs += 1 + draw(2);
        const restarted = ms >= run.restartAtMs;
        const epoch = restarted ? run.epoch + 100n : run.epoch;
        const startedMs = restarted ? run.restartAtMs : run.startedMs;
        const ts = ms + skewMs;
        const rank = (BigInt(Math.floor(startedMs / 1000)) << 32n) | BigInt(seen.polls.length + 1);
        const failed = truth.failing > 0 || draw(25) === 0;
        if (truth.failing > 0) truth.failing -= 1;
        const outcome = failed ? pick(['timeout', ...FAILURES.slice(1)]) : draw(10) === 0 ? 'partial' : 'ok';
        const identity = { site, router, agent, rank, ts };
        seen.polls.push({ ...identity, epoch, outcome, error: failed ? `it is ${outcome}` : '', interval_ms: intervalMs });
        // The same moment once more, as after a clock that was set back: the higher rank counts.
        if (draw(40) === 0)
          seen.polls.push({ ...identity, rank: rank - 1n, epoch, outcome: 'auth', error: '', interval_ms: intervalMs });
        if (failed) continue;
        const uptime = draw(30) === 0 ? null : Math.max(0, Math.floor((ms - truth.bootedMs) / 1000) * 1000);
        seen.devices.push({ ...identity, uptime_ms: uptime, version: draw(30) === 0 ? '' : `7.${truth.version}` });
        seen.interfaces.push({
          ...identity,
          interface: 'ether1',
          running: draw(40) === 0 ? null : truth.running,
          disabled: draw(40) === 0 ? null : truth.disabled,
          link_downs: draw(20) === 0 ? null : truth.downs,
        });
        if (draw(10) === 0)
          seen.boards.push({
            ...identity,
            serial: draw(9) === 0 ? '' : `S${truth.serial}`,
            model: `M${truth.serial % 2}`,
            current_firmware: `6.${truth.firmware}`,
          });
      }
    }
  }
  return seen;
}

/** The rows of a history as they are stored: every poll tells how many rows it brought. */
export function rowsOf({ polls, devices, boards, interfaces }: Seen): TestRows {
  type Row = TestRow & { readonly ts: number };
  const identity = ({ site, router, agent, ts }: { site: string; router: string; agent: string; ts: number }): string =>
    JSON.stringify([site, router, agent, ts]);
  const brought = (rows: readonly (SeenDevice | SeenBoard | SeenInterface)[]): ((poll: SeenPoll) => number) => {
    const counts = Map.groupBy(rows, identity);
    return (poll) => counts.get(identity(poll))?.length ?? 0;
  };
  const [deviceRows, boardRows, interfaceRows] = [brought(devices), brought(boards), brought(interfaces)];
  return {
    polls: polls.map(
      (poll): Row => ({
        ...poll,
        sequence: 1,
        poll_number: 1,
        baseline: 1,
        address: '',
        duration_us: 1,
        device_rows: deviceRows(poll),
        board_rows: boardRows(poll),
        interface_rows: interfaceRows(poll),
      }),
    ),
    device_resources: devices.map((row): Row => ({ ...row })),
    boards: boards.map((row): Row => ({ ...row })),
    interface_counters: interfaces.map((row): Row => ({ ...row, baseline: 1, type: 'ether', comment: '' })),
  };
}
