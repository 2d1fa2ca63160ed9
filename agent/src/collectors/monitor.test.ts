import { describe, expect, it } from 'vitest';
import type { Collector } from './collector.ts';
import { createMonitor, type MonitorConfig } from './monitor.ts';
import { collectWritten, type WrittenReplies, wordsAfter } from './testing.ts';

const CONFIG: MonitorConfig = { printed: '/interface/ethernet', command: '/interface/ethernet/monitor' };

const named = (...names: string[]): { name: string }[] => names.map((name) => ({ name }));

function wordsOf(printed: readonly Record<string, string>[], config: Partial<MonitorConfig> = {}): readonly string[] | undefined {
  return wordsAfter(createMonitor({ ...CONFIG, ...config }).menu, { [CONFIG.printed]: printed });
}

/** The status of every item, by its name, and what could not be told. */
function statuses(printed: readonly Record<string, string>[], monitored: readonly Record<string, string>[] | undefined) {
  const found: [string, string | undefined][] = [];
  const monitor = createMonitor(CONFIG);
  const collector: Collector = {
    name: 'ethernet',
    optional: true,
    menus: [monitor.menu],
    join(replies, gathering) {
      for (const [name, , row] of monitor.items(replies, gathering)) found.push([name, row.get('status')]);
    },
  };
  const replies: WrittenReplies = {
    [CONFIG.printed]: printed,
    ...(monitored === undefined ? {} : { [CONFIG.command]: monitored }),
  };
  const { parseErrors, collapsedRows, unreadable } = collectWritten(collector, replies);
  return { found, parseErrors, collapsedRows, unreadable: Object.fromEntries(unreadable) };
}

describe('the command of a monitor', () => {
  it('names all items that were printed, once', () => {
    expect(wordsOf(named('ether1', 'to the north'))).toEqual([
      '/interface/ethernet/monitor',
      '=numbers=ether1,to the north',
      '=once=',
    ]);
  });

  it('names an item by its id where its name has a comma, and leaves it out where it has none', () => {
    const printed = [{ '.id': '*1', name: 'north, south' }, { name: 'east, west' }, { '.id': '*3', name: 'ether3' }];
    expect(wordsOf(printed)?.[1]).toBe('=numbers=*1,ether3');
  });

  it('names an item by its id where the router may take the name for another, or not get back what it sent', () => {
    const names = ['Порт 1', 'Zürich', '3', '*2', 'ether4: north', '2nd floor'];
    const printed = names.map((name, position) => ({ '.id': `*${position + 1}`, name }));
    expect(wordsOf(printed)?.[1]).toBe('=numbers=*1,*2,*3,*4,ether4: north,2nd floor');
    expect(wordsOf(named(...names))?.[1]).toBe(`=numbers=${names.join(',')}`);
  });

  it('is not sent when there is nothing to ask', () => {
    expect(wordsOf([])).toBeUndefined();
    expect(wordsOf([{ '.id': '*1' }])).toBeUndefined();
    expect(wordsOf(named('wlan1'), { monitors: () => false })).toBeUndefined();
    expect(wordsAfter(createMonitor(CONFIG).menu, {})).toBeUndefined();
  });

  it('names no more items than one command may', () => {
    const printed = named(...Array.from({ length: 200 }, (_, number) => `ether${number + 1}`));
    expect(wordsOf(printed)?.[1]?.split(',')).toHaveLength(128);
    expect(wordsOf(printed, { argument: 'number', itemsMax: 1 })?.[1]).toBe('=number=ether1');
  });

  it('is not sent where another command for the same was answered', () => {
    const { menu } = createMonitor({ ...CONFIG, insteadOf: '/interface/ethernet/watch' });
    expect(wordsAfter(menu, { '/interface/ethernet': named('ether1'), '/interface/ethernet/watch': [] })).toBeUndefined();
    expect(wordsAfter(menu, { '/interface/ethernet': named('ether1') })).toBeDefined();
  });
});

describe('the answer of a monitor', () => {
  it('belongs to items by name, whatever its order', () => {
    const { found } = statuses(named('ether1', 'ether2'), [
      { name: 'ether2', status: 'no-link' },
      { name: 'ether1', status: 'link-ok' },
    ]);
    expect(found).toEqual([
      ['ether1', 'link-ok'],
      ['ether2', 'no-link'],
    ]);
  });

  it('belongs to items by its order where it has no names', () => {
    expect(statuses(named('ether1', 'ether2'), [{ status: 'link-ok' }, { status: 'no-link' }])).toMatchObject({
      found: [
        ['ether1', 'link-ok'],
        ['ether2', 'no-link'],
      ],
      parseErrors: 0,
    });
  });

  it('belongs to nobody where it has neither names nor a row for every item', () => {
    expect(statuses(named('ether1', 'ether2'), [{ status: 'link-ok' }])).toEqual({
      found: [
        ['ether1', undefined],
        ['ether2', undefined],
      ],
      parseErrors: 1,
      collapsedRows: 0,
      unreadable: { name: 1 },
    });
  });

  it('leaves the items as printed when there is none', () => {
    for (const monitored of [undefined, []])
      expect(statuses(named('ether1'), monitored)).toMatchObject({ found: [['ether1', undefined]], parseErrors: 0 });
  });

  it('counts once what names an item again', () => {
    const twice = [
      { name: 'ether1', status: 'link-ok' },
      { name: 'ether1', status: 'no-link' },
    ];
    expect(statuses(named('ether1'), twice)).toMatchObject({ found: [['ether1', 'link-ok']], collapsedRows: 1 });
    expect(statuses(named('ether1', 'ether1'), undefined)).toMatchObject({ found: [['ether1', undefined]], collapsedRows: 1 });
  });
});
