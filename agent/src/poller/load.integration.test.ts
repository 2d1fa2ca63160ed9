/** What the poller spares routers: scripted routers count what they are asked. */
import { expect, it } from 'vitest';
import { type CollectorName, collectorBit } from '../collectors/collector.ts';
import type { ScriptedRouter } from '../routeros/scripted-router.ts';
import type { CollectorStateRow } from './state-reports.ts';
import {
  type Answers,
  COLLECTORS,
  EVERY,
  failuresIn,
  LOAD,
  NO_COLLECTORS,
  NO_METRICS,
  ORDINARY,
  outcomes,
  startPolling,
  startRouter,
  target,
} from './testing.ts';
import type { Visit } from './visit.ts';

const HOST = '127.86.2.1';
const NEIGHBORS = '/ip/neighbor/print';
const NEIGHBOR = ['!re', '=interface=ether1', '=mac-address=02:00:00:00:00:01', '=identity=next'];
const DENIED = [['!trap', '=message=not enough permissions (9)'], ['!done']];
const WITH_NEIGHBORS = { ...NO_COLLECTORS, interface: EVERY, resource: EVERY, neighbors: EVERY };

const statesOf = (visits: readonly Visit[], name: CollectorName): CollectorStateRow[] =>
  visits.flatMap(({ rows }) => rows.collectorStates).filter(({ collector }) => collector === name);
const asked = (router: ScriptedRouter, command: string): (readonly string[])[] =>
  router.received.filter(([word]) => word === command).map((words) => words.filter((word) => !word.startsWith('.tag=')));
const ANSWERED: readonly CollectorName[] = ['identity', 'interface', 'netwatch', 'radio_clients', 'resource'];
const counting = (words: readonly string[]): boolean => words.includes('=count-only=');

/** A router with so many neighbours. */
function neighbours(rows: () => number): Answers {
  return {
    ...ORDINARY,
    [NEIGHBORS]: (_, command) => (counting(command) ? [['!done', `=ret=${rows()}`]] : [NEIGHBOR, ['!done']]),
  };
}

it('a table that is too long is counted and not printed', async () => {
  await using router = await startRouter(
    HOST,
    neighbours(() => 5213),
  );
  await using polling = startPolling([target(router)], { collectors: WITH_NEIGHBORS });
  const visits = await polling.until(HOST, 4, 'ok');
  expect(asked(router, NEIGHBORS)).toEqual([[NEIGHBORS, '=count-only=']]);
  expect(visits.flatMap(({ rows }) => rows.neighbors)).toEqual([]);
  expect(statesOf(visits, 'neighbors')).toMatchObject([
    { state: 'shed', reason: '5 213 rows, at most 2 000 are printed', intervalMs: 60_000, runs: 1, replyRows: 0 },
  ]);
});

it('a short table is counted once, and one that is nearly too long at every run', async () => {
  let rows = 900;
  await using router = await startRouter(
    HOST,
    neighbours(() => rows),
  );
  await using polling = startPolling([target(router)], { collectors: WITH_NEIGHBORS });
  await polling.until(HOST, 3, 'ok');
  expect(asked(router, NEIGHBORS).slice(0, 3).map(counting)).toEqual([true, false, false]);
  rows = 1500;
  await using other = await startRouter('127.86.2.2', {
    ...ORDINARY,
    [NEIGHBORS]: (_, command) =>
      counting(command) ? [['!done', '=ret=1500']] : [...Array.from({ length: 1500 }, () => NEIGHBOR), ['!done']],
  });
  polling.poller.setRouters([target(other)]);
  await polling.until(other.host, 3, 'ok');
  expect(asked(other, NEIGHBORS).slice(0, 4).map(counting)).toEqual([true, false, true, false]);
});

it('of a router that cannot count, or does not have the menu, the count is all that is asked in vain', async () => {
  const trap = ['!trap', '=message=unknown parameter count-only'];
  await using router = await startRouter(HOST, {
    ...ORDINARY,
    [NEIGHBORS]: (_, command) => (counting(command) ? [trap, ['!done']] : [NEIGHBOR, ['!done']]),
  });
  await using lacking = await startRouter('127.86.2.2');
  await using polling = startPolling([target(router), target(lacking)], { collectors: WITH_NEIGHBORS });
  const [visit] = await polling.until(HOST, 1, 'ok');
  expect(visit?.rows.neighbors).toHaveLength(1);
  const absent = await polling.until(lacking.host, 3, 'ok');
  expect(asked(lacking, NEIGHBORS)).toEqual([[NEIGHBORS, '=count-only=']]);
  expect(statesOf(absent, 'neighbors')).toMatchObject([{ state: 'absent', reason: 'the router has no such menu' }]);
});

it('a command that runs into its deadline costs one session, not one at every visit', async () => {
  await using router = await startRouter(HOST, { ...ORDINARY, '/interface/wireless/registration-table/print': () => [] });
  await using polling = startPolling([target(router)], { deadlines: { connectMs: 1000, commandMs: 100 } });
  await polling.until(HOST, 5, 'ok');
  expect(outcomes(polling.visits).filter((outcome) => outcome === 'partial')).toHaveLength(1);
  expect(router.connections).toBe(2);
  expect(statesOf(polling.visits, 'radio_clients')).toMatchObject([
    {
      state: 'shed',
      reason: 'no complete answer to /interface/wireless/registration-table/print within 100 ms',
      intervalMs: 60_000,
    },
  ]);
});

it('a router that is far away is asked as often as a near one', async () => {
  const netwatch = '/tool/netwatch/print';
  const afterRoundTrip =
    (command: string): Answers[string] =>
    (peer, words) => {
      setTimeout(() => peer.answer(words, ...(ORDINARY[command]?.(peer, words) ?? [['!done']])), 250);
      return [];
    };
  const commands = ['/interface/print', '/system/resource/print', netwatch];
  await using router = await startRouter(HOST, Object.fromEntries(commands.map((command) => [command, afterRoundTrip(command)])));
  const collectors = { ...NO_COLLECTORS, interface: EVERY, resource: EVERY, netwatch: EVERY };
  await using polling = startPolling([target(router)], { collectors, load: { ...LOAD, shareMaxPct: 20 }, intervalMs: 1000 });
  await polling.until(HOST, 4, 'ok');
  expect(statesOf(polling.visits, 'netwatch')).toMatchObject([{ state: 'running', intervalMs: 1000 }]);
});

it('a router whose CPU is busy is spared its long answers, and all come back when it is not', async () => {
  let load = 97;
  await using router = await startRouter(HOST, {
    ...ORDINARY,
    '/system/resource/print': () => [['!re', '=uptime=1h', '=version=7.16.1', `=cpu-load=${load}`], ['!done']],
    '/interface/wireless/registration-table/print': (peer) => {
      const command = router.received.at(-1) ?? [];
      setTimeout(() => peer.answer(command, ['!done']), 150);
      return [];
    },
  });
  await using polling = startPolling([target(router)], { load: { ...LOAD, routerCpuMaxPct: 90 }, intervalMs: 300 });
  const states = (): string[] => statesOf(polling.visits, 'radio_clients').map(({ state }) => state);
  await expect.poll(states, { timeout: 10_000 }).toEqual(['running', 'shed']);
  expect(statesOf(polling.visits, 'radio_clients')[1]?.reason).toBe("the router's CPU is at 97 %");
  const before = asked(router, '/interface/wireless/registration-table/print').length;
  await polling.until(HOST, polling.visits.length + 3);
  expect(asked(router, '/interface/wireless/registration-table/print')).toHaveLength(before);
  load = 20;
  await expect.poll(states, { timeout: 10_000 }).toEqual(['running', 'shed', 'running']);
  expect(failuresIn(polling.visits)).toEqual([]);
});

it('each collector tells once how it fares, and which ones answered is in the poll', async () => {
  await using router = await startRouter(HOST, {
    ...ORDINARY,
    [NEIGHBORS]: (_, command) => (counting(command) ? [['!done', '=ret=1']] : DENIED),
    '/tool/netwatch/print': () => [['!done']],
  });
  const collectors = { ...COLLECTORS, neighbors: EVERY, netwatch: EVERY };
  await using polling = startPolling([target(router)], { collectors });
  const [first, ...others] = await polling.until(HOST, 3, 'partial');
  const told = first?.rows.collectorStates.map(({ collector, state, reason, runs }) => [collector, state, reason, runs]);
  expect(told?.toSorted()).toEqual([
    ['identity', 'running', '', 1],
    ['interface', 'running', '', 1],
    [
      'neighbors',
      'forbidden',
      '/ip/neighbor: not enough permissions (9). Give the user a group with the policies read and api',
      1,
    ],
    ['netwatch', 'running', '', 1],
    ['radio_clients', 'absent', 'the router has no such menu', 1],
    ['resource', 'running', '', 1],
  ]);
  expect(others.flatMap(({ rows }) => rows.collectorStates)).toEqual([]);
  expect(first?.poll.answeredCollectors).toBe(ANSWERED.reduce((bits, name) => bits | collectorBit(name), 0n));
});

it('values that cannot be read are counted by collector and attribute, and logged once', async () => {
  const unreadable: string[] = [];
  const collectorRun: string[] = [];
  await using router = await startRouter(HOST, {
    ...ORDINARY,
    '/interface/print': () => [
      ['!re', '=.id=*1', '=name=ether1', '=rx-byte=many', '=tx-byte=1'],
      ['!re', '=.id=*2', '=name=ether2', '=rx-byte=more', '=tx-byte=lots'],
      ['!done'],
    ],
  });
  const metrics = {
    ...NO_METRICS,
    collectorRun: (name: string) => collectorRun.push(name),
    unreadable: (...told: [string, string, number]) => unreadable.push(told.join(' ')),
  };
  await using polling = startPolling([target(router)], {}, { metrics });
  const [first] = await polling.until(HOST, 3, 'ok');
  expect(first?.poll.parseErrors).toBe(3);
  expect(unreadable.slice(0, 4)).toEqual([
    'interface rx-byte 2',
    'interface tx-byte 1',
    'interface rx-byte 2',
    'interface tx-byte 1',
  ]);
  expect(collectorRun.slice(0, 5)).toEqual(['interface', 'resource', 'radio_clients', 'identity', 'interface']);
  expect(polling.lines).toEqual(Array.from({ length: 2 }, () => 'a value could not be read; it is stored as absent'));
});

it('a router that lacks a menu and denies all others has answered nothing', async () => {
  let denied = false;
  await using router = await startRouter(HOST, {
    ...ORDINARY,
    '/interface/print': (peer, command) => (denied ? DENIED : (ORDINARY['/interface/print']?.(peer, command) ?? DENIED)),
    '/tool/netwatch/print': () => [['!trap', '=category=0', '=message=no such command prefix'], ['!done']],
  });
  await using polling = startPolling([target(router)], { collectors: { ...NO_COLLECTORS, interface: EVERY, netwatch: EVERY } });
  await polling.until(HOST, 2, 'ok');
  denied = true;
  const [visit] = await polling.until(HOST, 1, 'permission');
  expect(visit?.poll.error).toBe('/interface: not enough permissions (9). Give the user a group with the policies read and api');
  expect(outcomes(polling.visits)).not.toContain('partial');
});
