import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planFleet } from '../fleet.ts';
import { everything } from '../routers/menus/menu.ts';
import { menuOf } from '../routers/menus/menus.ts';
import { createWorld, type RouterModel } from '../traffic/world.ts';
import type { Row } from './forms.ts';

/** The attribute names of replies that real routers gave, as published. */
interface Published {
  readonly ros: string;
  readonly model: string;
  readonly command: string;
  readonly type?: string;
  readonly keys: readonly string[];
}

const PUBLISHED: Published[] = readFileSync(join(import.meta.dirname, 'testdata/published-keys.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

const START = Date.UTC(2026, 5, 1, 12);
/** Every board in every version that runs on it. */
const WORLD = createWorld(planFleet({ routers: 200, sites: 1, seed: 1, startMs: START, mix: 'all' }));

function modelsLike(one: Published): RouterModel[] {
  return WORLD.routers.filter((model) => model.dialect.name.startsWith(one.ros.slice(0, 1)));
}

/** All rows of a menu, whether it is printed at once or by position. */
function printOf(model: RouterModel, path: string, atMs: number): Row[] {
  const menu = menuOf(model, path);
  const { table } = menu ?? {};
  if (table === undefined) return menu?.print?.(model, atMs, everything) ?? [];
  const size = Math.min(200, table.size(model, atMs));
  return Array.from({ length: size }, (_, position) => table.row(model, position, atMs)).filter((row) => row !== undefined);
}

function rowsLike(one: Published, model: RouterModel): Row[] {
  const slash = one.command.lastIndexOf('/');
  const path = one.command.slice(0, slash);
  const monitor = menuOf(model, path)?.monitors?.[one.command.slice(slash + 1)];
  const rows =
    monitor === undefined
      ? printOf(model, path, START)
      : model.interfaces.specs.map(({ name }) => monitor(model, name, START)).filter((row) => row !== undefined);
  return one.type === undefined ? rows : rows.filter((row) => row.some(([name, value]) => name === 'type' && value === one.type));
}

/** What simulated boards do not have, or what depends on the moment or on an operator. */
const NOT_SIMULATED: Readonly<Record<string, readonly string[]>> = {
  // Networks with the nv2 protocol.
  nv2: [
    'tdma-timing-offset',
    'tdma-tx-size',
    'tdma-rx-size',
    'tdma-retx',
    'tdma-winfull',
    'tx-signal-strength',
    'tx-signal-strength-ch0',
    'tx-signal-strength-ch1',
    'rx-ccq',
  ],
  // Traffic by unicast and broadcast, published for one port.
  casts: ['tx-broadcast', 'rx-unicast'],
};
const LEFT_OUT = new Set(Object.values(NOT_SIMULATED).flat());

describe('simulated replies', () => {
  it.each(
    PUBLISHED.filter(({ type }) => type !== 'wlan').map(
      (one) => [`${one.command} of ${one.model} ${one.ros} ${one.type ?? ''}`, one] as const,
    ),
  )('have the attributes of %s', (_, one) => {
    const rows = modelsLike(one).flatMap((model) => rowsLike(one, model));
    expect(rows.length).toBeGreaterThan(0);
    const simulated = new Set(rows.flatMap((row) => row.map(([name]) => name)));
    expect(one.keys.filter((key) => !simulated.has(key) && !LEFT_OUT.has(key))).toEqual([]);
  });

  it('have only attributes with a value, each once, and texts without line breaks', () => {
    // A modem names every further carrier with the same attribute.
    const repeated = new Set(['ca-band']);
    for (const one of PUBLISHED) {
      for (const row of modelsLike(one).flatMap((model) => rowsLike(one, model))) {
        const names = row.map(([name]) => name).filter((name) => !repeated.has(name));
        expect(new Set(names).size).toBe(names.length);
        for (const [, value] of row) expect(value).not.toMatch(/undefined|NaN|\n/);
      }
    }
  });

  it('leave out what a board does not report', () => {
    const [ccr] = modelsLike({ ros: '7', model: '', command: '', keys: [] }).filter((model) => model.board.name === 'ccr2004');
    const [hex] = modelsLike({ ros: '6', model: '', command: '', keys: [] }).filter(
      (model) => model.board.name === 'hex-poe-lite',
    );
    if (ccr === undefined || hex === undefined) throw new Error('no such board');
    const names = (model: RouterModel): string[] =>
      printOf(model, '/system/resource', START).flatMap((row) => row.map(([name]) => name));
    expect(names(ccr)).not.toContain('cpu-frequency');
    expect(names(ccr)).toContain('factory-software');
    expect(names(hex)).not.toContain('factory-software');
    expect(names(hex)).toContain('cpu-frequency');
  });

  it('report health in one row on v6 and in a row per sensor on v7', () => {
    const [old] = modelsLike({ ros: '6', model: '', command: '', keys: [] }).filter((model) => model.board.name === 'rb4011');
    const [recent] = modelsLike({ ros: '7', model: '', command: '', keys: [] }).filter((model) => model.board.name === 'rb4011');
    if (old === undefined || recent === undefined) throw new Error('no such board');
    const rows = (model: RouterModel): Row[] => printOf(model, '/system/health', START);
    expect(rows(old).map((row) => row.map(([name]) => name))).toEqual([['voltage', 'temperature']]);
    expect(rows(recent).map((row) => row.map(([name]) => name))).toEqual([
      ['.id', 'name', 'value', 'type'],
      ['.id', 'name', 'value', 'type'],
    ]);
  });
});
