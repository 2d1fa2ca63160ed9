import { beforeEach, describe, expect, it } from 'vitest';
import { planFleet } from '../fleet.ts';
import { createWorld, type RouterModel } from '../traffic/world.ts';
import { createAgentTime, RIGHT_TIME } from './agent-time.ts';
import type { StoredRow } from './compare.ts';
import { createReplyTrack, type Reply } from './replies.ts';
import { createReport, type VerifyReport } from './report.ts';
import { perTable, ROW_TABLES, type RowTable, TABLE_TRUTHS } from './truth/all.ts';
import type { ExpectedValue, MenuTruth } from './truth/table-truth.ts';
import { createVisitCheck, type StoredPoll, type VisitCheckOptions } from './visits.ts';

const START = Date.UTC(2026, 5, 1, 12);
const WORLD = createWorld(planFleet({ routers: 100, sites: 1, seed: 1, startMs: START }));
const AP = modelOf((model) => model.board.name === 'hap-ac2' && model.clientsAt(START).length > 2);
const RIGHT_CLOCK = { aheadMs: 0, stepped: false };
const OPTIONS: VisitCheckOptions = {
  toleranceMs: 2,
  fromMs: START - 1,
  untilMs: START + 1e9,
  allowedLoss: [],
  agentTime: RIGHT_TIME,
  searchInstants: false,
};

function modelOf(test: (model: RouterModel) => boolean): RouterModel {
  const model = WORLD.routers.find(test);
  if (model === undefined) throw new Error('the fleet has no such router');
  return model;
}

/** The access point has the wireless package: the first menu of each table is the one with rows. */
function truthOf(table: RowTable): MenuTruth {
  const [menu] = TABLE_TRUTHS[table].menus;
  if (menu === undefined) throw new Error(`no menu fills ${table}`);
  return menu;
}

/** A router that has rows of the table, the access point if it has. */
function modelWith(table: RowTable): RouterModel {
  const hasRows = (model: RouterModel): boolean => truthOf(table).rows(model, START, () => START, RIGHT_CLOCK).size > 0;
  return hasRows(AP) ? AP : modelOf(hasRows);
}

/** A value that is right. */
function valueFor(expected: ExpectedValue): string | null {
  if (typeof expected === 'string' || expected === null) return expected;
  return 'min' in expected ? String(expected.max) : (expected[0] ?? null);
}

/** One visit as it happened: the poll, the replies that were served, and the rows as they should be stored. */
interface Visit {
  readonly model: RouterModel;
  poll: StoredPoll;
  served: { table: RowTable; atMs: number; menu?: MenuTruth }[];
  stored: Map<RowTable, StoredRow[]>;
}

function visit(tsMs: number, tables: readonly RowTable[] = ROW_TABLES, model = AP): Visit {
  const served = tables.map((table, index) => ({ table, atMs: tsMs + 1 + index }));
  const stored = new Map(
    served.map(({ table, atMs }) => [
      table,
      [...truthOf(table).rows(model, atMs, () => atMs, RIGHT_CLOCK)].map(([object, values]) => ({
        object,
        values: values.map(valueFor),
      })),
    ]),
  );
  const { site, router, address, port } = model.plan;
  const count = (table: RowTable): number => stored.get(table)?.length ?? 0;
  return {
    model,
    poll: {
      site,
      router,
      tsMs,
      agent: 'a1',
      durationUs: 49_400,
      outcome: 'ok',
      address: `${address}:${port}`,
      declared: perTable(ROW_TABLES, count),
    },
    served,
    stored,
  };
}

let visits: Visit[] = [];
beforeEach(() => {
  visits = [visit(START), visit(START + 10_000, ['interface_counters', 'device_resources', 'radio_clients'])];
});

/** The visit to tamper with. */
function first(): Visit {
  const [one] = visits;
  if (one === undefined) throw new Error('no visit');
  return one;
}

function rowsOf(table: RowTable): StoredRow[] {
  const rows = first().stored.get(table);
  if (rows === undefined) throw new Error('no rows');
  return rows;
}

function check(
  stored: readonly Visit[] = visits,
  options: Partial<VisitCheckOptions> = {},
  served: readonly Visit[] = visits,
): VerifyReport {
  const report = createReport();
  const repliesOf = (model: RouterModel): Reply[] =>
    served
      .filter((one) => one.model === model)
      .flatMap((one) =>
        one.served.map(({ table, atMs, menu = truthOf(table) }): Reply => {
          const rows = menu.rows(model, atMs, () => atMs, RIGHT_CLOCK).size;
          return { atMs, menu: menu.path, rows: menu.replyRows?.(model, rows, atMs) ?? rows, fate: 'open' };
        }),
      );
  const models = new Set([...served, ...stored].map(({ model }) => model));
  const tracks = Array.from(models, (model) => [model.plan.index, createReplyTrack(repliesOf(model))] as const);
  const visitCheck = createVisitCheck(WORLD, new Map(tracks), report, { ...OPTIONS, ...options });
  for (const { poll } of stored) visitCheck.poll(poll);
  for (const table of ROW_TABLES) {
    for (const { poll, stored: tables } of stored) {
      const rows = tables.get(table);
      if (rows !== undefined && rows.length > 0) visitCheck.group({ ...poll, table, rows });
    }
  }
  visitCheck.settle();
  visitCheck.finish();
  return report;
}

function faults(report: VerifyReport) {
  const { missing, duplicates, wrong } = report;
  return { missing, duplicates, wrong };
}

const NONE = { missing: 0, duplicates: 0, wrong: 0 };

/** The registration table of a stack. */
function tableOf(stack: string): MenuTruth {
  const menu = TABLE_TRUTHS.radio_clients.menus.find(({ path }) => path.includes(`/${stack}/`));
  if (menu === undefined) throw new Error(`no table of ${stack}`);
  return menu;
}

describe('the check of visits that read several registration tables', () => {
  it('holds the rows of each against its own reply, the empty ones too', () => {
    first().served.push({ table: 'radio_clients', atMs: START + 8, menu: tableOf('caps-man') });
    const report = check();
    expect(faults(report)).toEqual(NONE);
    expect(report.repeated_replies).toBe(0);
  });

  it('does not take rows of one table for those of another', () => {
    first().served.push({ table: 'radio_clients', atMs: START + 8, menu: tableOf('caps-man') });
    const rows = rowsOf('radio_clients');
    first().stored.set(
      'radio_clients',
      rows.map(({ object, values }) => ({ object, values: ['caps-man', ...values.slice(1)] })),
    );
    expect(faults(check())).toEqual({ missing: rows.length, duplicates: 0, wrong: rows.length });
  });

  it('misses rows of a table that a visit read and did not store', () => {
    const rows = rowsOf('radio_clients');
    first().stored.delete('radio_clients');
    first().served.push({ table: 'radio_clients', atMs: START + 8, menu: tableOf('caps-man') });
    expect(check().missing).toBe(rows.length);
  });
});

describe('the check of visits', () => {
  it('finds nothing where everything is stored as it was served', () => {
    const report = check();
    const rows = visits.flatMap(({ stored }) => [...stored.values()]).reduce((sum, group) => sum + group.length, 0);
    expect(faults(report)).toEqual(NONE);
    expect(report).toMatchObject({ polls: 2, rows_expected: rows + 2, rows_stored: rows + 2, examples: [] });
  });

  it('finds every changed value, and says which', () => {
    const [row] = rowsOf('interface_counters');
    if (row === undefined) throw new Error('no row');
    const changed = row.values.with(5, String(Number(row.values[5]) + 1));
    rowsOf('interface_counters').splice(0, 1, { ...row, values: changed });
    const report = check();
    expect(faults(report)).toEqual({ ...NONE, wrong: 1 });
    expect(report.examples[0]).toMatchObject({ table: 'interface_counters', object: 'ether1', at_ms: START });
    expect(report.examples[0]?.detail).toMatch(/rx_bytes is "\d+" instead of "\d+"/);
  });

  it('finds an offset between clocks that the round trip rules out', () => {
    const [row] = rowsOf('router_clocks');
    if (row === undefined) throw new Error('no row');
    for (const [index, shiftMs] of [
      [3, 1],
      [4, -100_000],
    ] as const) {
      rowsOf('router_clocks')[0] = { ...row, values: row.values.with(index, String(Number(row.values[index]) + shiftMs)) };
      const report = check();
      expect(faults(report)).toEqual({ ...NONE, wrong: 1 });
      expect(report.examples[0]?.detail).toMatch(
        /^clock_ms - offset_ms . round_trip_us \/ 2000 is "\d+" instead of a number from \d+ to \d+/,
      );
    }
  });

  it.each(ROW_TABLES)('finds a NULL, a zero and a text in every column of %s', (table) => {
    visits = [visit(START, ROW_TABLES, modelWith(table))];
    const rows = rowsOf(table);
    const [row] = rows;
    if (row === undefined) throw new Error('no row');
    for (const index of row.values.keys()) {
      rows[0] = { ...row, values: row.values.with(index, row.values[index] === null ? '0' : null) };
      expect(faults(check())).toEqual({ ...NONE, wrong: 1 });
      rows[0] = { ...row, values: row.values.with(index, 'x') };
      expect(faults(check())).toEqual({ ...NONE, wrong: 1 });
    }
  });

  it('finds a row that is not stored', () => {
    rowsOf('radio_clients').splice(1, 1);
    const report = check();
    expect(report.tables.radio_clients.missing).toBe(1);
    // The poll says how many rows it has.
    expect(report.tables.polls.wrong).toBe(1);
  });

  it('finds a row that is stored twice in a poll', () => {
    rowsOf('interface_counters').push(...rowsOf('interface_counters').slice(0, 1));
    expect(check().tables.interface_counters).toMatchObject({ duplicates: 1, missing: 0, wrong: 0 });
  });

  it('finds a row that nobody served', () => {
    rowsOf('interface_counters').push({ object: 'ether99', values: [] });
    expect(check().tables.interface_counters).toMatchObject({ duplicates: 0, missing: 0, wrong: 1 });
  });

  it('finds a whole visit stored twice under another time', () => {
    const again = { ...first(), poll: { ...first().poll, tsMs: START + 1 } };
    const rows = [...first().stored.values()].reduce((sum, group) => sum + group.length, 0);
    const report = check([...visits, again]);
    expect(faults(report)).toEqual({ ...NONE, duplicates: rows });
    expect(report.examples[0]?.detail).toMatch(/another poll has already stored the reply/);
  });

  it('finds the same poll twice', () => {
    expect(check([first(), ...visits]).tables.polls.duplicates).toBe(1);
  });

  it('finds a visit that is not stored at all', () => {
    const rows = [...first().stored.values()].reduce((sum, group) => sum + group.length, 0);
    expect(faults(check(visits.slice(1)))).toEqual({ ...NONE, missing: rows + 1 });
  });

  it('finds a table that a poll lost', () => {
    const rows = rowsOf('interface_counters').length;
    first().stored.delete('interface_counters');
    expect(check().tables).toMatchObject({ interface_counters: { missing: rows, wrong: 0 }, polls: { wrong: 1 } });
  });

  it('finds rows whose poll is not stored', () => {
    const [kept] = visits.slice(1);
    if (kept === undefined) throw new Error('no visit');
    const report = createReport();
    const visitCheck = createVisitCheck(WORLD, new Map(), report, OPTIONS);
    visitCheck.group({ ...kept.poll, table: 'device_resources', rows: kept.stored.get('device_resources') ?? [] });
    expect(report.tables.device_resources.wrong).toBe(1);
  });

  it('finds the rows of another moment', () => {
    const late = visit(START + 10_000);
    first().stored.set('device_resources', late.stored.get('device_resources') ?? []);
    expect(check().tables.device_resources).toMatchObject({ wrong: 1, missing: 0 });
  });

  it('finds polls of nobody: unknown routers, wrong addresses, windows in which nothing was served', () => {
    expect(
      check([{ ...first(), poll: { ...first().poll, router: 'stranger' }, stored: new Map() }], {}, []).tables.polls.wrong,
    ).toBe(1);
    expect(
      check([{ ...first(), poll: { ...first().poll, address: '127.0.0.1:1' } }, ...visits.slice(1)]).tables.polls.wrong,
    ).toBe(1);
    const unserved = visit(START + 50_000);
    expect(faults(check([...visits, unserved], {}, visits)).wrong).toBeGreaterThan(5);
  });

  it('excuses what a failed poll could not store, and counts it', () => {
    const none = perTable(ROW_TABLES, () => 0);
    const failed = {
      ...first(),
      poll: { ...first().poll, outcome: 'timeout', declared: none },
      stored: new Map<RowTable, StoredRow[]>(),
    };
    const report = check([failed, ...visits.slice(1)]);
    expect(faults(report)).toEqual(NONE);
    expect(report.failed_polls).toBe(1);
    expect(report.excused_rows).toBeGreaterThan(5);
  });

  it('excuses rows of a monitor that a visit did not come to, where the print had named them', () => {
    const cut = visit(START, ['ethernet_ports'], modelWith('ethernet_ports'));
    const rows = cut.stored.get('ethernet_ports')?.length ?? 0;
    const print: MenuTruth = { path: '/interface/ethernet', rows: () => new Map([['ether1', []]]) };
    cut.served = [{ table: 'ethernet_ports', atMs: START + 1, menu: print }];
    cut.poll = { ...cut.poll, outcome: 'partial' };
    expect(faults(check([cut], {}, [cut]))).toEqual(NONE);
    expect(check([cut], {}, [cut])).toMatchObject({ excused_rows: rows, rows_expected: 1 + rows, rows_stored: 1 + rows });
    const whole = { ...cut, poll: { ...cut.poll, outcome: 'ok' } };
    // One more for the poll, in which nothing was served that is stored.
    expect(faults(check([whole], {}, [whole]))).toEqual({ ...NONE, wrong: rows + 1 });
    const invented = { ...cut, served: [] };
    expect(faults(check([invented], {}, [invented]))).toEqual({ ...NONE, wrong: rows });
  });

  it('excuses losses where they are allowed, and leaves alone what is not verified yet', () => {
    const allowed = check(visits.slice(0, 1), { allowedLoss: [{ fromMs: START + 9_000, toMs: START + 11_000 }] });
    expect(faults(allowed)).toEqual(NONE);
    expect(allowed.excused_rows).toBeGreaterThan(5);
    expect(allowed.excused_polls).toBe(1);
    expect(faults(check(visits.slice(0, 1), { untilMs: START + 9_000 }))).toEqual(NONE);
    expect(faults(check(visits.slice(1), { fromMs: START + 9_000 }))).toEqual(NONE);
  });

  it('excuses as many lost polls as may be lost, and tells how many more might have been', () => {
    const loss = { fromMs: START - 1, toMs: START + 11_000 };
    expect(check([], { allowedLoss: [{ ...loss, pollsMax: 2 }] })).toMatchObject({ ...NONE, excused_polls: 2 });
    const report = check([], { allowedLoss: [{ ...loss, pollsMax: 1 }] });
    expect(report.excused_polls).toBe(1);
    expect(report.tables.polls.missing).toBe(1);
    expect(check([], { allowedLoss: [{ ...loss, pollsMax: 0 }] }).tables.polls.missing).toBe(2);
    const visitCheck = createVisitCheck(WORLD, new Map(), createReport(), {
      ...OPTIONS,
      allowedLoss: [{ ...loss, pollsMax: 3 }, loss],
    });
    expect(visitCheck.finish()).toBe(3);
  });

  it("finds the replies of a poll by the true time where the agent's clock was wrong", () => {
    const hour = 3_600_000;
    const agentTime = createAgentTime([{ fromMs: START + 5_000, toMs: START + 15_000, offsetMs: -hour }]);
    const early = visits.map((one) => (one === first() ? one : { ...one, poll: { ...one.poll, tsMs: one.poll.tsMs - hour } }));
    const report = check(early, { agentTime });
    expect(faults(report)).toEqual(NONE);
    expect(report.shifted_polls).toBe(1);
    expect(faults(check(early)).wrong).toBeGreaterThan(5);
    expect(check(visits, { agentTime })).toMatchObject({ ...NONE, shifted_polls: 0 });
  });

  it('counts a reply that was served twice in one visit', () => {
    first().served.push({ table: 'device_resources', atMs: START + 7 });
    const report = check();
    expect(faults(report)).toEqual(NONE);
    expect(report.repeated_replies).toBe(1);
  });

  it('searches the window where there is no journal', () => {
    expect(faults(check(visits, { searchInstants: true }, []))).toEqual(NONE);
    const [row] = rowsOf('interface_counters');
    if (row === undefined) throw new Error('no row');
    rowsOf('interface_counters').splice(0, 1, { ...row, values: row.values.with(5, '1') });
    expect(faults(check(visits, { searchInstants: true }, []))).toEqual({ ...NONE, wrong: 1 });
  });

  it('refuses a journal of another fleet', () => {
    const report = createReport();
    const reply: Reply = { atMs: START + 1, menu: '/interface', rows: 99, fate: 'open' };
    const visitCheck = createVisitCheck(WORLD, new Map([[AP.plan.index, createReplyTrack([reply])]]), report, OPTIONS);
    visitCheck.poll(first().poll);
    expect(() => visitCheck.group({ ...first().poll, table: 'interface_counters', rows: rowsOf('interface_counters') })).toThrow(
      /Give the fleet file/,
    );
  });
});
