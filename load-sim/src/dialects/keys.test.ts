import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planFleet } from '../fleet.ts';
import { everything } from '../routers/menus/menu.ts';
import { MENU_PATHS, menuOf } from '../routers/menus/menus.ts';
import { createWorld, type RouterModel } from '../traffic/world.ts';
import type { Row } from './forms.ts';

const START = Date.UTC(2026, 5, 1, 12);
const HOUR_MS = 3_600_000;
/** Two of every board in every version. */
const WORLD = createWorld(planFleet({ routers: 180, sites: 1, seed: 1, startMs: START, mix: 'all' }));
const KINDS = Map.groupBy(WORLD.routers, ({ board, dialect }) => `${board.name} ${dialect.name}`);

/** What each command of a menu answers, by its verb. */
function answersOf(model: RouterModel, path: string, atMs: number): Map<string, Row[]> {
  const menu = menuOf(model, path);
  const { table } = menu ?? {};
  const places = Array.from({ length: Math.min(60, table?.size(model, atMs) ?? 0) }, (_, position) =>
    table?.row(model, position, atMs),
  );
  const printed = [...(menu?.print?.(model, atMs, everything) ?? []), ...places].filter((row) => row !== undefined);
  const monitors = Object.entries(menu?.monitors ?? {}).filter(([verb]) => menu?.lacks?.(model, verb) !== true);
  return new Map([
    ['print', printed],
    ...monitors.map(([verb, monitor]): [string, Row[]] => [
      verb,
      model.interfaces.specs.map(({ name }) => monitor(model, name, atMs)).filter((row) => row !== undefined),
    ]),
  ]);
}

function rowsOf(model: RouterModel, path: string, atMs: number): Row[] {
  return Array.from(answersOf(model, path, atMs).values()).flat();
}

/** Per command the attributes that ever occur, sorted; a menu that is missing has no line, one without rows an empty one. */
function keyLists(models: readonly RouterModel[]): string {
  const names = new Map<string, Set<string>>();
  for (const path of MENU_PATHS) {
    for (const model of models.filter((one) => menuOf(one, path) !== undefined)) {
      for (const hours of [0, 7, 31]) {
        for (const [verb, rows] of answersOf(model, path, START + hours * HOUR_MS)) {
          const known = names.get(`${path}/${verb}`) ?? new Set();
          names.set(`${path}/${verb}`, known);
          for (const row of rows) for (const [name] of row) known.add(name);
        }
      }
    }
  }
  return Array.from(names, ([command, known]) => `${command}: ${Array.from(known).toSorted().join(' ')}\n`).join('');
}

describe('the attributes of each board in each version', () => {
  it('are there for seventeen boards and eight versions', () => {
    expect(new Set(WORLD.routers.map(({ board }) => board.name)).size).toBe(17);
    expect(new Set(WORLD.routers.map(({ dialect }) => dialect.name)).size).toBe(8);
  });

  it.each(Array.from(KINDS))('of %s are the known ones', async (kind, models) => {
    await expect(keyLists(models)).toMatchFileSnapshot(
      join(import.meta.dirname, 'testdata/keys', `${kind.replace(' ', '-')}.txt`),
    );
  });

  it('have a value in every row, without line breaks except in scripts', () => {
    for (const model of WORLD.routers) {
      for (const path of MENU_PATHS.filter((one) => one !== '/system/script')) {
        for (const row of rowsOf(model, path, START + 7 * HOUR_MS))
          for (const [, value] of row) expect(value).not.toMatch(/undefined|NaN|Infinity|\n/);
      }
    }
  });

  it('leave optical power to optics: a direct-attach cable and an empty cage have none', () => {
    const ports = WORLD.routers.flatMap((model) =>
      model.interfaces.specs
        .filter(({ module }) => module !== undefined)
        .map(({ name, module }) => ({
          module,
          row: menuOf(model, '/interface/ethernet')?.monitors?.['monitor']?.(model, name, START),
        })),
    );
    const withPower = (module: string): boolean[] =>
      ports.filter((port) => port.module === module).map(({ row }) => row?.some(([key]) => key.endsWith('rx-power')) ?? false);
    expect(new Set(withPower('optic'))).toEqual(new Set([true]));
    expect(new Set(withPower('copper-cable'))).toEqual(new Set([false]));
    expect(new Set(withPower('empty'))).toEqual(new Set([false]));
  });

  it('are the same at the same time, whatever was asked before', () => {
    const again = createWorld(WORLD.fleet);
    for (const [position, model] of WORLD.routers.entries()) {
      const other = again.routers[position];
      if (other === undefined) throw new Error('the fleets differ');
      for (const path of MENU_PATHS) expect(rowsOf(other, path, START)).toEqual(rowsOf(model, path, START));
    }
  });
});
