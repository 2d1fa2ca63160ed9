import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { interfaceRow, pollRow, startTestStore, type TestStore } from '../api/testing.ts';
import { random, shuffled } from '../rollup/testing.ts';
import { interfaceChanges } from './derivations/interface-changes.ts';
import { createEventStore } from './store.ts';
import { insertPolled, makeAll, storedEvents, type TestRows, testEvents } from './testing.ts';

const T0 = Date.UTC(2026, 0, 5, 9, 40);
const NOW = T0 + 6 * 3600_000;
const STEP = 10_000;
const ROUTER_BASELINE = 7_000_000_000n;
const never = new AbortController().signal;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

/** An interface as one print lists it. */
interface Port {
  readonly name: string;
  readonly mac?: number | null;
  readonly type?: string;
  readonly generation?: number;
}

interface Print {
  readonly at: number;
  readonly router?: string;
  readonly agent?: string;
  readonly baseline?: bigint;
  readonly ports: readonly Port[];
}

/** Rows of prints, `at` in steps after T0. */
function rowsOf(prints: readonly Print[]): TestRows {
  const interface_counters = prints.flatMap(({ at, router = 'r1', agent = 'a1', baseline = ROUTER_BASELINE, ports }) =>
    ports.map(({ name, mac = null, type = 'ether', generation = 0 }) => {
      const ts = T0 + at * STEP;
      return { ...interfaceRow({ ts, router, agent, interface: name, mac, type, baseline: baseline + BigInt(generation) }), ts };
    }),
  );
  const polls = prints.map(({ at, router = 'r1', agent = 'a1', baseline = ROUTER_BASELINE, ports }) => {
    const ts = T0 + at * STEP;
    return { ...pollRow({ ts, router, agent, baseline, interface_rows: ports.length }), ts };
  });
  return { interface_counters, polls };
}

async function told(): Promise<string[]> {
  return (await storedEvents(store)).map(
    ({ ts, kind, router, object, old, new: now }) =>
      `${(ts - T0) / STEP} ${kind.replace('interface_', '')} ${router}/${object}: ${old}>${now}`,
  );
}

async function changesOf(prints: readonly Print[]): Promise<string[]> {
  await insertPolled(store, rowsOf(prints));
  await makeAll(testEvents(store, [interfaceChanges], NOW));
  return await told();
}

const e1 = { name: 'ether1', mac: 0x11 };
const e2 = { name: 'ether2', mac: 0x22 };

describe('interface changes', { timeout: 120_000 }, () => {
  it('are additions and removals, not the first print nor what lies behind half an hour', async () => {
    expect(
      await changesOf([
        { at: 0, ports: [e1] },
        { at: 1, ports: [e1, e2] },
        { at: 2, ports: [e1] },
        { at: 183, ports: [e1, e2, { name: 'sfp1' }] },
        { at: 184, ports: [e1, e2] },
      ]),
    ).toEqual(['1 added r1/ether2: >ether', '2 removed r1/ether2: ether>', '184 removed r1/sfp1: ether>']);
  });

  it('are renames, there and back, where address and type tell one from the others', async () => {
    const vlan = (name: string): Port => ({ name, mac: 0x11, type: 'vlan' });
    expect(
      await changesOf([
        { at: 0, ports: [e1, vlan('v1'), vlan('v2')] },
        { at: 1, ports: [{ ...e1, name: 'uplink' }, vlan('v1'), vlan('v2')] },
        { at: 2, ports: [e1, vlan('v1'), vlan('v3')] },
        // Two of the same address at once: which became which nobody knows.
        { at: 3, ports: [e1, vlan('v4'), vlan('v5')] },
      ]),
    ).toEqual([
      '1 renamed r1/uplink: ether1>uplink',
      '2 renamed r1/ether1: uplink>ether1',
      '2 renamed r1/v3: v2>v3',
      '3 added r1/v4: >vlan',
      '3 added r1/v5: >vlan',
      '3 removed r1/v1: vlan>',
      '3 removed r1/v3: vlan>',
    ]);
  });

  it('are re-creations under the same name, once for two agents, and no reboot or restart of the agent', async () => {
    const ppp = (generation: number): Port => ({ name: '<pppoe-ann>', type: 'pppoe-in', generation });
    const swapped = { name: 'ether2', mac: 0x99, generation: 1 };
    expect(
      await changesOf([
        { at: 0, ports: [e1, e2, ppp(0)] },
        { at: 0.5, agent: 'a2', baseline: 5n, ports: [e1, e2, ppp(3)] },
        { at: 1, ports: [e1, e2, ppp(1)] },
        { at: 1.5, agent: 'a2', baseline: 5n, ports: [e1, e2, ppp(4)] },
        { at: 2, ports: [e1, swapped, ppp(1)] },
        // The router rebooted, then the agent was started anew.
        { at: 3, baseline: ROUTER_BASELINE + 2n ** 20n, ports: [e1, swapped, ppp(1)] },
        { at: 4, baseline: 99n, ports: [e1, { ...swapped, generation: 0 }, ppp(0)] },
        { at: 5, baseline: 99n, ports: [e1, { ...swapped, generation: 0 }] },
        { at: 6, baseline: 99n, ports: [e1, { ...swapped, generation: 0 }, ppp(1)] },
      ]),
    ).toEqual([
      '1 recreated r1/<pppoe-ann>: >',
      '2 recreated r1/ether2: 00:00:00:00:00:22>00:00:00:00:00:99',
      '5 removed r1/<pppoe-ann>: pppoe-in>',
      '6 recreated r1/<pppoe-ann>: >',
    ]);
  });

  it('are moves from router to router, whichever is seen first', async () => {
    const lte = { name: 'lte1', mac: 0x77, type: 'lte' };
    expect(
      await changesOf([
        { at: 0, ports: [e1, lte] },
        { at: 0, router: 'r2', ports: [e2] },
        { at: 1, ports: [e1] },
        { at: 1, router: 'r2', ports: [e2] },
        { at: 2, router: 'r2', ports: [e2, lte] },
        { at: 2, ports: [e1] },
        // Seen there before it is missed here.
        { at: 3, ports: [e1, { ...lte, name: 'lte9' }] },
        { at: 4, ports: [e1, { ...lte, name: 'lte9' }] },
        { at: 5, router: 'r2', ports: [e2] },
      ]),
    ).toEqual([
      '1 removed r1/lte1: lte>',
      '2 added r2/lte1: >lte',
      '2 moved r2/lte1: r1/lte1>r2/lte1',
      '3 added r1/lte9: >lte',
      '5 moved r1/lte9: r2/lte1>r1/lte9',
      '5 removed r2/lte1: lte>',
    ]);
  });

  it('are taken away where no row shows any, also of routers among which nothing changes', async () => {
    const quiet = rowsOf([0, 1, 2].map((at) => ({ at, ports: [e1, e2] })));
    await insertPolled(store, quiet);
    const row = { site: 'fra1', router: 'r1', derivation: 'interface_changes', version: 1, detail: '{}' };
    await store.insert('events', [{ ...row, ts: T0 + STEP, kind: 'interface_added', object: 'ether2', new: 'ether' }]);
    expect(await told()).toEqual(['1 added r1/ether2: >ether']);
    await makeAll(testEvents(store, [interfaceChanges], NOW));
    expect(await told()).toEqual([]);
  });

  it.each([1, 2, 3])('are what the prints say one by one, in any order, pieces and repetitions (seed %i)', async (seed) => {
    const prints = history(seed);
    const expected = expectedChanges(prints);
    expect(new Set(expected.map((line) => line.split(' ')[1])).size).toBe(4);
    expect(await changesOf(prints)).toEqual(expected);
    await store.clear();
    const draw = random(seed + 50);
    const all = shuffled([...prints, ...prints.slice(0, 60)], draw);
    for (let piece = 0; piece < 4; piece++) {
      await insertPolled(store, rowsOf(all.filter((_, index) => index % 4 === piece)));
      if (piece % 2 === 0) await testEvents(store, [interfaceChanges], NOW).turn(never);
    }
    await makeAll(testEvents(store, [interfaceChanges], NOW));
    expect(await told()).toEqual(expected);
    await store.client.command({ query: 'TRUNCATE TABLE events' });
    await createEventStore(store.client, store.database).markStored(never);
    await makeAll(testEvents(store, [interfaceChanges], NOW));
    expect(await told()).toEqual(expected);
  });
});

/** Two hours of a router whose interfaces come, go, and are renamed or re-created, with gaps in between. */
function history(seed: number): Print[] {
  const draw = random(seed);
  const prints: Print[] = [];
  let ports: Port[] = Array.from({ length: 4 }, (_, index) => ({ name: `ether${index}`, mac: 0x100 + index }));
  let [baseline, next] = [ROUTER_BASELINE, 4];
  for (let at = 0; at < 700; at += 1 + (draw(40) === 0 ? draw(250) : 0)) {
    const event = draw(30);
    const index = draw(ports.length);
    const change = (changed: Partial<Port>): Port[] => ports.map((port, at) => (at === index ? { ...port, ...changed } : port));
    if (event === 0) ports = [...ports, { name: `ether${next}`, mac: 0x100 + next++ }];
    if (event === 1 && ports.length > 2) ports = ports.filter((_, at) => at !== index);
    if (event === 2) ports = change({ name: `ether${next++}` });
    if (event === 3) ports = change({ generation: (ports[index]?.generation ?? 0) + 1 });
    if (event === 4) baseline += 2n ** 20n;
    prints.push({ at, baseline, ports });
  }
  return prints;
}

/** The same worked out print by print. */
function expectedChanges(prints: readonly Print[]): string[] {
  const lines: { at: number; kind: string; text: string; object: string }[] = [];
  const lastOf = new Map<string, { at: number; baseline: bigint; generation: number }>();
  let before: Print | undefined;
  for (const print of prints) {
    const { at, baseline = 0n, ports } = print;
    const add = (kind: string, object: string, old: string, now: string): void =>
      void lines.push({ at, kind, object, text: `${at} ${kind} r1/${object}: ${old}>${now}` });
    const recreated = new Set<string>();
    for (const { name, mac, generation = 0 } of ports) {
      const last = lastOf.get(name);
      if (last !== undefined && at - last.at <= 180 && last.baseline === baseline && last.generation !== generation) {
        recreated.add(name);
        const text = `00:00:00:00:01:${((mac ?? 0) - 0x100).toString(16).padStart(2, '0').toUpperCase()}`;
        add('recreated', name, text, text);
      }
      lastOf.set(name, { at, baseline, generation });
    }
    if (before !== undefined && at - before.at <= 180) {
      const old = before.ports;
      const gone = old.filter(({ name }) => !ports.some((port) => port.name === name));
      const come = ports.filter(({ name }) => !old.some((port) => port.name === name));
      for (const { name, mac } of come) {
        const was = gone.find((port) => port.mac === mac);
        if (was !== undefined) add('renamed', name, was.name, name);
        else if (!recreated.has(name)) add('added', name, '', 'ether');
      }
      for (const { name, mac } of gone) if (!come.some((port) => port.mac === mac)) add('removed', name, 'ether', '');
    }
    before = print;
  }
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return lines.sort((a, b) => a.at - b.at || order(a.kind, b.kind) || order(a.object, b.object)).map(({ text }) => text);
}
