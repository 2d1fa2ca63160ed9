/** The poller against scripted routers. Long because every way in which a router fails, returns or drags on is a case of the same set-up. */
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import { describe, expect, it } from 'vitest';
import { createClock } from '../clock.ts';
import { collectorBit } from '../collectors/collector.ts';
import { type Peer, type ScriptedRouter, startScriptedRouter } from '../routeros/scripted-router.ts';
import { dialRouter } from '../routeros/session.ts';
import { createPoller } from './poller.ts';
import {
  COLLECTORS,
  deadAddress,
  EPOCH,
  EVERY,
  failuresIn,
  INTERVAL_MS,
  LOAD,
  MISSING,
  NO_COLLECTORS,
  NO_METRICS,
  OFF,
  ORDINARY,
  outcomes,
  SELDOM,
  startPolling,
  startRouter,
  target,
} from './testing.ts';
import type { Visit } from './visit.ts';

const NET = '127.71.1';
/** What baselines advance in. */
const STEP = 2n ** 20n;

describe('the poller', () => {
  it('visits each router once per interval on one lasting session', async () => {
    await using routers = new AsyncDisposableStack();
    const started = await Promise.all(Array.from({ length: 20 }, (_, index) => startRouter(`${NET}.${index + 1}`)));
    for (const router of started) routers.use(router);
    await using polling = startPolling(started.map((router) => target(router)));
    const from = performance.now();
    for (const router of started) await polling.until(router.host, 5, 'ok');
    expect(polling.poller.status()).toMatchObject({ routers: 20, openSessions: 20 });
    await polling.stop();
    const elapsedMs = performance.now() - from;
    expect(failuresIn(polling.visits)).toEqual([]);
    expect(polling.poller.status()).toMatchObject({ runningVisits: 0, waitingVisits: 0, openSessions: 0 });
    for (const router of started) {
      const visits = await polling.until(router.host, 5, 'ok');
      expect(router.connections).toBe(1);
      expect(visits.length).toBeLessThanOrEqual(elapsedMs / INTERVAL_MS + 2);
      const times = visits.map(({ poll }) => Number(poll.tsMs));
      expect(times).toEqual([...new Set(times)].sort((one, other) => one - other));
      expect(visits[0]?.poll).toMatchObject({
        site: 'fra1',
        address: `${router.host}:${router.port}`,
        baseline: EPOCH,
        intervalMs: INTERVAL_MS,
        error: '',
        collapsedRows: 0,
        parseErrors: 0,
        answeredCollectors:
          collectorBit('interface') | collectorBit('resource') | collectorBit('radio_clients') | collectorBit('identity'),
      });
      expect(visits[0]?.rows.identities).toEqual([{ identity: 'Router' }]);
      expect(visits.slice(1).flatMap(({ rows }) => rows.identities)).toEqual([]);
      for (const { rows } of visits) {
        expect(rows.interfaces).toHaveLength(1);
        expect(rows.devices).toHaveLength(1);
      }
    }
  });

  it('asks for interfaces first, and for a missing menu once per session', async () => {
    await using router = await startRouter(`${NET}.1`);
    await using polling = startPolling([target(router)]);
    await polling.until(router.host, 3, 'ok');
    const commands = router.received.map(([word]) => word);
    expect(commands.slice(0, 8)).toEqual([
      '/login',
      '/interface/print',
      '/system/resource/print',
      '/interface/wifi/registration-table/print',
      '/interface/wifiwave2/registration-table/print',
      '/interface/wireless/registration-table/print',
      '/caps-man/registration-table/print',
      '/system/identity/print',
    ]);
    expect(new Set(commands.slice(8))).toEqual(new Set(['/interface/print', '/system/resource/print']));
  });

  it('asks for missing menus again after a change of version and a reboot, and not after a mere new session', async () => {
    let version = '7.12';
    let uptime = '1h';
    let hangUp = false;
    await using router = await startRouter(`${NET}.1`, {
      ...ORDINARY,
      '/system/resource/print': () => [['!re', `=uptime=${uptime}`, `=version=${version}`], ['!done']],
      '/interface/print': (peer) => {
        if (hangUp) peer.socket.end();
        hangUp = false;
        return [['!re', '=name=ether1'], ['!done']];
      },
    });
    const probes = (): number => router.received.filter(([word]) => word === '/interface/wifi/registration-table/print').length;
    await using polling = startPolling([target(router)]);
    await polling.until(router.host, 2, 'ok');
    expect(probes()).toBe(1);
    version = '7.13';
    await expect.poll(probes).toBe(2);
    for (let session = 2; session <= 4; session++) {
      hangUp = true;
      await expect.poll(() => router.connections).toBe(session);
      await polling.until(router.host, polling.visits.length + 2);
    }
    expect(probes()).toBe(2);
    uptime = '3s';
    await expect.poll(probes).toBe(3);
  });

  it('asks for missing menus in every new session where nothing tells that the router is the same', async () => {
    let hangUp = false;
    await using router = await startRouter(`${NET}.1`, {
      ...ORDINARY,
      '/interface/print': (peer) => {
        if (hangUp) peer.socket.end();
        hangUp = false;
        return [['!re', '=name=ether1'], ['!done']];
      },
    });
    const probes = (): number => router.received.filter(([word]) => word === '/interface/wifi/registration-table/print').length;
    await using polling = startPolling([target(router)], { collectors: { ...COLLECTORS, resource: OFF } });
    await polling.until(router.host, 3, 'ok');
    expect(probes()).toBe(1);
    hangUp = true;
    await expect.poll(probes).toBe(2);
  });

  it('does not take an idle session that died for a failed visit', async () => {
    let peers: Peer[] = [];
    await using router = await startRouter(`${NET}.1`, {
      ...ORDINARY,
      '/interface/print': (peer) => {
        peers = [peer];
        return [['!re', '=name=ether1'], ['!done']];
      },
      '/system/identity/print': () => [['!done']],
    });
    await using polling = startPolling([target(router)]);
    await polling.until(router.host, 2, 'ok');
    for (const peer of peers) peer.socket.resetAndDestroy();
    await polling.until(router.host, 4, 'ok');
    expect(router.connections).toBe(2);
    expect(failuresIn(polling.visits)).toEqual([]);
  });

  it('opens a session anew within a visit when the old one ends at its first command', async () => {
    let prints = 0;
    await using router = await startRouter(`${NET}.1`, {
      ...ORDINARY,
      '/interface/print': (peer) => {
        prints++;
        if (prints === 2) peer.socket.resetAndDestroy();
        return [['!re', '=name=ether1'], ['!done']];
      },
    });
    await using polling = startPolling([target(router)]);
    await polling.until(router.host, 3, 'ok');
    expect(router.connections).toBe(2);
    expect(failuresIn(polling.visits)).toEqual([]);
  });

  it('records every failed visit, and visits a router that comes back within two intervals', async () => {
    const address = await deadAddress(`${NET}.2`);
    await using polling = startPolling([target(address)]);
    const failed = await polling.until(address.host, 5, 'refused');
    for (const { poll, rows } of failed) {
      expect(poll.error).toContain('ECONNREFUSED');
      expect(rows.interfaces).toEqual([]);
    }
    const times = failed.map(({ poll }) => Number(poll.tsMs));
    for (const [index, time] of times.slice(1).entries()) {
      expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(INTERVAL_MS - 2);
    }
    await using router = await startRouter(address.host, ORDINARY, address.port);
    const backMs = Date.now();
    const [first] = await polling.until(router.host, 1, 'ok');
    expect(Number(first?.poll.tsMs) - backMs).toBeLessThan(5 * INTERVAL_MS);
    expect(polling.lines).toEqual(['router does not answer', 'router answers again']);
  });

  it('records slots that pass during a visit as overruns, and delays no other router', async () => {
    await using stuck = await startScriptedRouter(`${NET}.3`, async (peer) => {
      await peer.admit();
      await peer.closed();
    });
    await using living = await startRouter(`${NET}.4`);
    await using polling = startPolling([target(stuck), target(living)], {
      concurrency: 1,
      deadlines: { connectMs: 350, commandMs: 350 },
    });
    await polling.until(stuck.host, 2, 'timeout');
    const overruns = await polling.until(stuck.host, 4, 'overrun');
    expect(overruns[0]?.poll).toMatchObject({ error: 'the previous visit was still running', durationUs: 0 });
    const all = await polling.until(stuck.host, 1);
    const timeouts = outcomes(all).filter((name) => name === 'timeout').length;
    expect((await polling.until(living.host, 1, 'ok')).length).toBeGreaterThan(2 * timeouts);
    const times = all.map(({ poll }) => Number(poll.tsMs));
    expect(new Set(times).size).toBe(times.length);
  });

  it("does not take the grid's next slot after a retry for an overrun", async () => {
    await using stuck = await startScriptedRouter(`${NET}.3`, async (peer) => {
      await peer.admit();
      await peer.closed();
    });
    await using polling = startPolling([target(stuck)], {
      intervalMs: 400,
      deadlines: { connectMs: 1000, commandMs: 200 },
    });
    await polling.until(stuck.host, 6, 'timeout');
    expect(outcomes(polling.visits)).not.toContain('overrun');
  });

  it('says so when a slot passes while a visit waits for its place', async () => {
    await using routers = new AsyncDisposableStack();
    const slow = (): Promise<ScriptedRouter> =>
      startScriptedRouter(`${NET}.5`, async (peer) => {
        await peer.admit();
        for (;;) {
          const command = await peer.next();
          setTimeout(() => peer.answer(command, ['!done']), 60);
        }
      });
    const started = await Promise.all([slow(), slow(), slow()]);
    for (const router of started) routers.use(router);
    const late: number[] = [];
    await using polling = startPolling(
      started.map((router, index) => target(router, `r${index}`)),
      { concurrency: 1, deadlines: { connectMs: 1, commandMs: 1000 } },
      {
        metrics: { ...NO_METRICS, lateStart: (ms) => late.push(ms) },
        dial: (address) => dialRouter(address, { connectMs: 1000, commandMs: 1000 }),
      },
    );
    await expect
      .poll(() => polling.visits.some(({ poll }) => poll.error.includes('poll.concurrency')), { timeout: 10_000 })
      .toBe(true);
  });

  it('starts a new baseline when uptime falls, in the visit that sees it', async () => {
    let uptime = '1h';
    await using router = await startRouter(`${NET}.1`, {
      ...ORDINARY,
      '/system/resource/print': () => [['!re', `=uptime=${uptime}`], ['!done']],
    });
    await using polling = startPolling([target(router)]);
    await polling.until(router.host, 2);
    uptime = '3s';
    await expect.poll(() => polling.visits.some(({ rows }) => rows.devices[0]?.uptimeMs === 3000)).toBe(true);
    for (const { poll, rows } of await polling.until(router.host, 3, 'ok'))
      expect(poll.baseline).toBe(rows.devices[0]?.uptimeMs === 3000 ? STEP - 1n : EPOCH);
  });

  it('starts a new baseline when the system clock steps, and follows it back', async () => {
    let offsetMs = 0;
    const clock = createClock({ wallMs: () => Date.now() + offsetMs, monotonicMs: () => performance.now() });
    await using router = await startRouter(`${NET}.1`);
    await using polling = startPolling([target(router)], {}, { clock });
    await polling.until(router.host, 2);
    offsetMs = -3_600_000;
    await expect.poll(() => polling.visits.at(-1)?.poll.baseline).toBe(STEP - 1n);
    expect(Number(polling.visits.at(-1)?.poll.tsMs)).toBeLessThan(Date.now() - 3_000_000);
  });

  it('takes no offset of a clock that was read after a step within the visit', async () => {
    let offsetMs = 0;
    let visits = 0;
    const clock = createClock({ wallMs: () => Date.now() + offsetMs, monotonicMs: () => performance.now() });
    await using router = await startRouter(`${NET}.1`, {
      ...ORDINARY,
      '/interface/print': (peer, command) => {
        if (++visits === 2) offsetMs = -3_600_000;
        return ORDINARY['/interface/print']?.(peer, command) ?? [];
      },
      '/system/clock/print': () => [['!re', '=date=2026-12-01', '=time=12:00:00', '=gmt-offset=+00:00'], ['!done']],
    });
    await using polling = startPolling([target(router)], { collectors: { ...COLLECTORS, clock: EVERY } }, { clock });
    const polled = await polling.until(router.host, 3, 'ok');
    expect(polled.slice(0, 3).map(({ rows }) => rows.routerClocks.map((row) => row.offsetMs === undefined))).toEqual([
      [false],
      [true],
      [false],
    ]);
  });

  it('holds every command between a time and its duration, however the process is held up', async () => {
    // Whoever has read the time goes on only 30 ms later.
    let heldUpMs = 0;
    const stopwatchMs = (): number => performance.now() + heldUpMs;
    const nowMs = (): number => {
      const atMs = performance.timeOrigin + stopwatchMs();
      heldUpMs += 30;
      return atMs;
    };
    const clock = { nowMs, monotonicMs: stopwatchMs, generation: () => 0 };
    const askedMs: number[] = [];
    await using router = await startRouter(`${NET}.1`, {
      ...ORDINARY,
      '/interface/print': (peer, command) => {
        askedMs.push(performance.timeOrigin + stopwatchMs());
        return ORDINARY['/interface/print']?.(peer, command) ?? [];
      },
    });
    await using polling = startPolling([target(router)], { collectors: { ...NO_COLLECTORS, interface: EVERY } }, { clock });
    const visits = await polling.until(router.host, 4, 'ok');
    for (const [index, { poll }] of visits.entries()) {
      expect(askedMs[index]).toBeGreaterThanOrEqual(Number(poll.tsMs));
      expect(askedMs[index]).toBeLessThanOrEqual(Number(poll.tsMs) + Number(poll.durationUs) / 1000 + 1);
    }
  });

  it('starts a new baseline when another serial number answers, in the visit that sees it', async () => {
    let serial = 'HP000000001';
    await using router = await startRouter(`${NET}.1`, {
      ...ORDINARY,
      '/system/routerboard/print': () => [['!re', '=routerboard=true', `=serial-number=${serial}`], ['!done']],
    });
    await using polling = startPolling([target(router)], { collectors: { ...COLLECTORS, boards: EVERY } });
    await polling.until(router.host, 2);
    serial = 'HP000000002';
    await expect.poll(() => polling.visits.some(({ rows }) => rows.boards[0]?.serial === serial)).toBe(true);
    for (const { poll, rows } of await polling.until(router.host, 3, 'ok'))
      expect(poll.baseline).toBe(rows.boards[0]?.serial === serial ? STEP - 1n : EPOCH);
  });

  it('does not let a command that is held back end every visit', async () => {
    await using router = await startRouter(`${NET}.1`, { ...ORDINARY, '/system/package/update/print': () => [] });
    await using polling = startPolling([target(router)], {
      collectors: { ...COLLECTORS, package_update: SELDOM },
      deadlines: { connectMs: 1000, commandMs: 50 },
    });
    const [partial] = await polling.until(router.host, 1, 'partial');
    expect(partial?.poll.error).toBe('no complete answer to /system/package/update/print within 50 ms');
    expect(partial?.rows.interfaces).toHaveLength(1);
    await polling.until(router.host, 3, 'ok');
    expect(router.received.filter(([word]) => word === '/system/package/update/print')).toHaveLength(1);
  });

  it('raises the generation of an interface that was created anew', async () => {
    let id = '*F1';
    await using router = await startRouter(`${NET}.1`, {
      ...ORDINARY,
      '/interface/print': () => [['!re', '=.id=*1', '=name=ether1'], ['!re', `=.id=${id}`, '=name=<pppoe-a>'], ['!done']],
    });
    await using polling = startPolling([target(router)]);
    await polling.until(router.host, 1);
    id = '*F2';
    await expect.poll(() => polling.visits.at(-1)?.rows.interfaces.map((row) => row.generation)).toEqual([0, 1]);
    expect(polling.visits.at(-1)?.poll.baseline).toBe(EPOCH);
  });

  it.each([
    [
      'one menu is not permitted',
      { '/system/resource/print': () => [['!trap', '=message=not enough permissions (9)'], ['!done']] },
      'partial',
    ],
    ['one menu fails', { '/interface/print': () => [['!trap', '=message=interrupted', '=category=2'], ['!done']] }, 'partial'],
    ['a menu that every router has is missing', { '/system/resource/print': () => MISSING }, 'partial'],
    ['the session ends half-way', { '/system/resource/print': (peer: Peer) => (peer.socket.resetAndDestroy(), []) }, 'partial'],
  ])('is partial when %s, and keeps the rest', async (_, broken, outcome) => {
    await using router = await startRouter(`${NET}.1`, { ...ORDINARY, ...broken });
    await using polling = startPolling([target(router)]);
    const [visit] = await polling.until(router.host, 1, outcome);
    expect(visit?.poll.error).not.toBe('');
    expect((visit?.rows.interfaces.length ?? 0) + (visit?.rows.devices.length ?? 0)).toBeGreaterThan(0);
  });

  it('reports missing rights when nothing else is answered', async () => {
    const denied = (): string[][] => [['!trap', '=message=not enough permissions (9)'], ['!done']];
    await using router = await startScriptedRouter(`${NET}.1`, async (peer) => {
      await peer.admit();
      for (;;) peer.answer(await peer.next(), ...denied());
    });
    await using polling = startPolling([target(router)]);
    const [visit] = await polling.until(router.host, 1, 'permission');
    expect(visit?.poll.error).toBe(
      '/interface: not enough permissions (9). Give the user a group with the policies read and api',
    );
  });

  it('always asks something, however long the intervals of the collectors', async () => {
    const seldom = { enabled: true, intervalMs: 3_600_000 };
    await using router = await startRouter(`${NET}.1`);
    await using polling = startPolling([target(router)], {
      collectors: { ...NO_COLLECTORS, resource: seldom, identity: seldom },
    });
    const visits = await polling.until(router.host, 4, 'ok');
    for (const { rows } of visits) expect(rows.devices.length + rows.identities.length).toBeGreaterThan(0);
  });

  it('lets running visits end when it is told to stop, and starts no more', async () => {
    const asked = Promise.withResolvers<() => void>();
    await using router = await startScriptedRouter(`${NET}.1`, async (peer) => {
      await peer.admit();
      const command = await peer.next();
      asked.resolve(() => peer.answer(command, ['!re', '=name=ether1'], ['!done']));
      for (;;) peer.answer(await peer.next(), ['!done']);
    });
    await using polling = startPolling([target(router)]);
    const answer = await asked.promise;
    const stopped = polling.stop();
    answer();
    await stopped;
    expect(outcomes(polling.visits).filter((name) => name !== 'overrun')).toEqual(['ok']);
    expect(polling.visits.at(-1)?.rows.interfaces).toHaveLength(1);
  });

  it('takes over added, removed and changed routers without touching the others', async () => {
    await using first = await startRouter(`${NET}.1`);
    await using second = await startRouter(`${NET}.2`);
    await using third = await startRouter(`${NET}.3`);
    await using polling = startPolling([target(first), target(second, 'moved'), target(third, 'leaving')]);
    for (const name of [first.host, 'moved', 'leaving']) await polling.until(name, 1);
    await using moved = await startRouter(`${NET}.4`);
    await using added = await startRouter(`${NET}.5`);
    polling.poller.setRouters([target(first), target(moved, 'moved'), target(added)]);
    await polling.until(added.host, 2);
    const visits = await polling.until('moved', 1);
    await expect.poll(() => polling.visits.some(({ poll }) => poll.address === `${moved.host}:${moved.port}`)).toBe(true);
    expect(new Set(visits.map(({ poll }) => poll.baseline)).size).toBe(new Set(visits.map(({ poll }) => poll.address)).size);
    const leaving = (await polling.until('leaving', 1)).length;
    await polling.until(first.host, (await polling.until(first.host, 1)).length + 3);
    expect((await polling.until('leaving', 1)).length).toBeLessThanOrEqual(leaving + 1);
    expect(first.connections).toBe(1);
    expect(polling.poller.status()).toMatchObject({ routers: 3, openSessions: 3 });
    const before = polling.visits.filter(({ poll }) => poll.router === 'leaving').at(-1)?.poll.baseline;
    polling.poller.setRouters([target(first), target(moved, 'moved'), target(added), target(third, 'leaving')]);
    await expect
      .poll(() => polling.visits.filter(({ poll }) => poll.router === 'leaving').at(-1)?.poll.baseline)
      .not.toBe(before);
  });

  it('refuses two routers of one name, and having nothing to collect', () => {
    const one = target({ host: `${NET}.1`, port: 1 }, 'r1');
    expect(() => startPolling([one, one])).toThrow('site fra1 has two routers of that name');
    expect(() => startPolling([one], { collectors: NO_COLLECTORS })).toThrow('no collector is enabled');
  });

  it('ends when the taker of visits fails', async () => {
    await using router = await startRouter(`${NET}.1`);
    const polling = startPolling(
      [target(router)],
      {},
      {
        onVisit() {
          throw new Error('the batch is broken');
        },
      },
    );
    await expect(polling.running).rejects.toThrow('the batch is broken');
  });

  it('visits all routers once on request', async () => {
    await using router = await startRouter(`${NET}.1`);
    const address = await deadAddress(`${NET}.2`);
    const visits: Visit[] = [];
    const poller = createPoller(
      {
        epoch: EPOCH,
        intervalMs: 10_000,
        deadlines: { connectMs: 1000, commandMs: 1000 },
        concurrency: 1,
        collectors: { ...NO_COLLECTORS, interface: EVERY, resource: EVERY, identity: EVERY },
        load: LOAD,
        routers: [target(address), target(router)],
      },
      {
        dial: dialRouter,
        clock: createClock(),
        random: Math.random,
        onVisit: (visit) => visits.push(visit),
        log: { info() {}, warn() {}, error() {} },
        metrics: NO_METRICS,
      },
    );
    await poller.visitAll();
    expect(visits.map(({ poll }) => poll.outcome)).toEqual([PollOutcome.REFUSED, PollOutcome.OK]);
    expect(poller.status().openSessions).toBe(0);
  });

  it('starts no visit behind a stop, however many routers are silent', async () => {
    await using routers = new AsyncDisposableStack();
    const silent = await Promise.all(
      [1, 2, 3, 4, 5].map((index) => startScriptedRouter(`${NET}.${index}`, (peer) => peer.closed())),
    );
    for (const router of silent) routers.use(router);
    let dials = 0;
    await using polling = startPolling(
      silent.map((router) => target(router)),
      { deadlines: { connectMs: 250, commandMs: 250 } },
      {
        dial(address, deadlines) {
          dials++;
          return dialRouter(address, deadlines);
        },
      },
    );
    for (const router of silent) await polling.until(router.host, 2, 'timeout');
    expect(polling.poller.status().runningVisits).toBeGreaterThan(0);
    const stopped = polling.stop();
    const before = dials;
    await stopped;
    expect(dials).toBe(before);
    expect(polling.poller.status()).toMatchObject({ runningVisits: 0, waitingVisits: 0 });
  });

  it('cuts a visit that drags on behind a stop, and keeps what it had read', async () => {
    await using router = await startScriptedRouter(`${NET}.1`, async (peer) => {
      await peer.admit();
      peer.answer(await peer.next(), ...(ORDINARY['/interface/print']?.(peer, []) ?? []));
      // Each answer is in time, and the whole visit is not.
      for (;;) {
        const command = await peer.next();
        setTimeout(() => peer.answer(command, ...MISSING), 300);
      }
    });
    await using polling = startPolling([target(router)], { deadlines: { connectMs: 100, commandMs: 400 } });
    await expect.poll(() => router.received.length, { timeout: 10_000, interval: 5 }).toBeGreaterThanOrEqual(3);
    await polling.stop();
    // The login and seven commands are a whole visit.
    expect(router.received.length).toBeLessThan(6);
    expect(polling.visits.at(-1)?.rows.interfaces).toHaveLength(1);
  });
});
