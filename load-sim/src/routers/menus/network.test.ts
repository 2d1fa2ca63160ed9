import { describe, expect, it } from 'vitest';
import { planFleet } from '../../fleet.ts';
import { createWorld, type RouterModel } from '../../traffic/world.ts';
import { createRowFilter } from '../query.ts';
import type { Table } from './menu.ts';
import { MENU_PATHS, menuOf } from './menus.ts';

const START = Date.UTC(2026, 5, 1, 12);
const AT = START + 7_000_000;
const WORLD = createWorld(planFleet({ routers: 180, sites: 1, seed: 1, startMs: START, mix: 'all' }));
/** From an access point to a core router. */
const MODELS = (['hap-ac2', 'rb4011', 'ccr2004'] as const).map((board) => {
  const model = WORLD.routers.find((one) => one.board.name === board);
  if (model === undefined) throw new Error(`no ${board}`);
  return model;
});
const QUERIES = [[], ['?status=bound'], ['?active=true'], ['?disabled=true']] as const;

function countRows(model: RouterModel, table: Table, queries: readonly string[], atMs: number): number {
  const passes = createRowFilter(queries);
  let rows = 0;
  for (let position = 0; position < table.size(model, atMs); position++) {
    const row = table.row(model, position, atMs);
    if (row !== undefined && passes(row)) rows++;
  }
  return rows;
}

/** Every number that is known without a look at the rows. */
const KNOWN = MODELS.flatMap((model) =>
  MENU_PATHS.flatMap((path) => {
    const table = menuOf(model, path)?.table;
    if (table === undefined) return [];
    return QUERIES.flatMap((queries) => {
      const known = table.count?.(model, queries, AT);
      return known === undefined ? [] : [{ board: model.board.name, path, queries, known, model, table }];
    });
  }),
);

describe('a table of a simulated router', () => {
  it.each(KNOWN)('counts what it would print: $board $path $queries', ({ model, table, queries, known }) => {
    expect(known).toBe(countRows(model, table, queries, AT));
  });

  it('knows without a look at the rows what an agent counts', () => {
    const [, , core] = MODELS;
    if (core === undefined) throw new Error('no router');
    const known = (path: string, ...queries: string[]): number | undefined =>
      menuOf(core, path)?.table?.count?.(core, queries, START);
    expect([
      known('/ip/dhcp-server/lease', '?status=bound'),
      known('/ppp/active'),
      known('/ip/route', '?active=true'),
      known('/ip/firewall/connection'),
      known('/ip/arp'),
      known('/queue/simple'),
    ]).not.toContain(undefined);
  });
});
