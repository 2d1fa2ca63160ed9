import { zstdDecompressSync } from 'node:zlib';
import { decodePayload, type OpenBatch } from '@poplar/proto/batch';
import { readColumn, u32Column } from '@poplar/proto/columns';
import { validateBatch } from '@poplar/proto/validate';
import { describe, expect, it } from 'vitest';
import { decodeFields } from '../faultrun/wire.ts';
import { epochOf } from './epoch.ts';
import { objectKey, roundKey, tableKey, valueOf } from './formula.ts';
import { batchesDue, offsetMs, type PlannedBatch, type Population, phaseMs, plannedBatch, slotsOf } from './population.ts';
import { createSealer, type SealedBatch } from './sealing.ts';
import { nameOf } from './shape.ts';
import { kindOf, TABLES, textAt } from './tables.ts';

const population: Population = {
  seed: 7,
  startMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  sites: 3,
  routersPerSite: 7,
  intervalMs: 10_000,
  sealMs: 2_000,
  fresh: true,
  fastOnly: false,
};
const slots = slotsOf(population);
const sealer = createSealer(population);
const PREFIX_BYTES = 5;

function opened({ message }: SealedBatch): OpenBatch {
  const batch = field(message.subarray(PREFIX_BYTES), 2);
  return decodePayload(zstdDecompressSync(field(batch, 5)));
}

function field(message: Uint8Array, number: number): Uint8Array {
  const bytes = decodeFields(message).get(number);
  if (!(bytes instanceof Uint8Array)) throw new Error(`no field ${number}`);
  return bytes;
}

/** The first batch of a site that reads everything, and one that reads only counters. */
const everything = plannedBatch(population, slots, 2, 1);
const counters = Array.from({ length: 40 }, (_, index) => plannedBatch(population, slots, 1, index + slots.length)).find(
  ({ level }) => level === 0,
);
if (counters === undefined) throw new Error('every batch reads something slow');

describe('a sealed batch', () => {
  it.each([
    ['everything', everything],
    ['counters', counters],
  ])('with %s is one that a hub takes, and says who sealed it when', (_, planned) => {
    const sealed = sealer.seal(planned, planned.dueMs);
    const batch = opened(sealed);
    expect(validateBatch(batch)).toBeUndefined();
    expect(batch.unknownFields).toEqual([]);
    expect(batch).toMatchObject({
      agent: nameOf({ of: 'site' }, planned.site, 0),
      epoch: BigInt(epochOf(population, planned.site)),
      sequence: planned.sequence,
      epochStartedAtMs: population.startMs,
      sealedAtMs: planned.dueMs,
    });
    expect(Object.values(batch.families).reduce((sum, { rows }) => sum + rows, 0)).toBe(sealed.rows);
  });

  it('holds in every column what the formulas say, for two sites in turn', () => {
    for (const planned of [everything, counters, { ...everything, site: 0 }, everything]) {
      expect(differences(opened(sealer.seal(planned, planned.dueMs)), planned)).toEqual([]);
    }
  });

  it('has the same bytes when it is sealed again at the same time', () => {
    const first = sealer.seal(counters, counters.dueMs);
    sealer.seal({ ...counters, site: 2 }, counters.dueMs);
    expect(sealer.seal(counters, counters.dueMs).message.equals(first.message)).toBe(true);
  });
});

function differences(batch: OpenBatch, { site, round, slot, level }: PlannedBatch): string[] {
  const found: string[] = [];
  const same = (what: string, value: unknown, expected: unknown): void => {
    if (value !== expected) found.push(`${what} is ${String(value)}, not ${String(expected)}`);
  };
  const { polls } = batch.families;
  for (const [row, position] of slot.routers.entries()) {
    const router = site * population.routersPerSite + position;
    const text = (name: string): unknown => batch.symbols[u32Column(polls, name)[row] ?? 0];
    same('router', text('router_symbol'), nameOf({ of: 'router' }, site, router));
    same('site', text('site_symbol'), nameOf({ of: 'site' }, site, router));
    same('ts', readColumn(polls, 'ts_ms')(row), population.startMs + sinceStart(site, position, round));
    same('number', readColumn(polls, 'poll_number')(row), round * population.routersPerSite + position + 1);
  }
  for (const table of TABLES) {
    const family = batch.families[table.family.name];
    const rows =
      table.level > level
        ? []
        : slot.routers.flatMap((position) => table.objects[kindOf(position)].map((object) => ({ position, object })));
    same(`rows of ${table.table}`, family.rows, rows.length);
    for (const [row, { position, object }] of rows.entries()) {
      const router = site * population.routersPerSite + position;
      const key = objectKey(tableKey(population.seed, table.table), router, object);
      const sinceStartMs = sinceStart(site, position, round);
      const spot = {
        key,
        roundKey: roundKey(key, round),
        router,
        object,
        round,
        sinceStartMs,
        intervalMs: population.intervalMs,
      };
      for (const column of table.family.columns) {
        const formula = table.columns.get(column.key);
        const stored = column.symbol
          ? batch.symbols[u32Column(family, column.name)[row] ?? 0]
          : readColumn(family, column.name)(row);
        if (formula === undefined) same(`${table.table}.${column.name}`, stored, column.symbol ? '' : undefined);
        else if (formula.form === 'text') same(`${table.table}.${column.name}`, stored, textAt(formula, object));
        else if (formula.form === 'router' || formula.form === 'serial')
          same(`${table.table}.${column.name}`, stored, nameOf({ of: formula.form }, site, router));
        else same(`${table.table}.${column.name}`, stored, valueOf(formula, spot));
      }
    }
  }
  return found;
}

function sinceStart(site: number, position: number, round: number): number {
  return offsetMs(population, site) + round * population.intervalMs + phaseMs(population, position);
}

describe('a population', () => {
  it('has every router in one batch of every round', () => {
    expect(slots.flatMap(({ routers }) => routers)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('counts the batches that are due as they become due', () => {
    for (let site = 0; site < population.sites; site++) {
      for (let index = 0; index < 3 * slots.length; index++) {
        const { dueMs } = plannedBatch(population, slots, site, index);
        expect(batchesDue(population, slots, site, dueMs)).toBe(index + 1);
        expect(batchesDue(population, slots, site, dueMs - 1)).toBe(index);
      }
    }
  });

  it('reads everything in the first round of fresh agents, and later slow tables as often as they are due', () => {
    const levels = Array.from({ length: 360 }, (_, round) => plannedBatch(population, slots, 1, round * slots.length).level);
    expect(levels[0]).toBe(4);
    expect(plannedBatch({ ...population, fresh: false }, slots, 1, 0).level).toBe(0);
    expect(plannedBatch({ ...population, fastOnly: true }, slots, 0, 0).level).toBe(0);
    expect(levels.slice(1).filter((level) => level >= 1)).toHaveLength(60);
    expect(levels.slice(1).filter((level) => level >= 2)).toHaveLength(12);
    expect(levels.slice(1).filter((level) => level === 4)).toHaveLength(1);
  });
});

describe('a counter', () => {
  it('never goes down, and grows by its rate on average', () => {
    const formula = { form: 'counter', lane: 2, most: 30e6 } as const;
    const at = (router: number, round: number): number => {
      const key = objectKey(5, router, 1);
      const spot = { key, roundKey: roundKey(key, round), router, object: 1, round, sinceStartMs: 0, intervalMs: 10_000 };
      return valueOf(formula, spot) ?? Number.NaN;
    };
    const idle = new Set<boolean>();
    for (let router = 0; router < 40; router++) {
      const values = Array.from({ length: 100 }, (_, round) => at(router, round));
      expect(values.every((value, round) => value >= (values[round - 1] ?? 0))).toBe(true);
      idle.add(values[0] === values[99]);
    }
    expect(idle).toEqual(new Set([true, false]));
  });
});
