import { describe, expect, it } from 'vitest';
import { ospfCollector } from './ospf.ts';
import { collectWritten } from './testing.ts';

type Attributes = Readonly<Record<string, string>>;

function neighbors(...rows: Attributes[]) {
  const gathering = collectWritten(ospfCollector, { '/routing/ospf/neighbor': rows });
  const { parseErrors, collapsedRows, unreadable } = gathering;
  return { rows: gathering.rows.ospfNeighbors, parseErrors, collapsedRows, unreadable: Object.fromEntries(unreadable) };
}

const NEIGHBOR = {
  instance: 'ospf-1',
  area: 'backbone',
  address: '192.0.2.2',
  interface: 'ether2',
  priority: '128',
  'router-id': '198.51.100.2',
  dr: '192.0.2.2',
  bdr: '192.0.2.1',
  state: 'Full',
  'state-changes': '6',
  adjacency: '1d2h3m4s',
  timeout: '35s',
};
const READ = {
  instance: 'ospf-1',
  area: 'backbone',
  interface: 'ether2',
  address: '192.0.2.2',
  routerId: '198.51.100.2',
  state: 'Full',
  priority: 128,
  designated: '192.0.2.2',
  backup: '192.0.2.1',
  stateChanges: 6,
  adjacencyMs: 93_784_000,
};

describe('the ospf collector', () => {
  it('reads both versions into the same shape; RouterOS 6 names no area', () => {
    const { dr, bdr, area: _, timeout: __, ...common } = NEIGHBOR;
    const old = { ...common, 'dr-address': dr, 'backup-dr-address': bdr, 'ls-retransmits': '0' };
    expect(neighbors(NEIGHBOR)).toEqual({ rows: [READ], parseErrors: 0, collapsedRows: 0, unreadable: {} });
    expect(neighbors(old).rows).toEqual([{ ...READ, area: '' }]);
  });

  it('leaves absent what is not reported', () => {
    expect(neighbors({ address: '192.0.2.2', 'router-id': '198.51.100.2', state: 'Init', 'state-changes': '0' }).rows).toEqual([
      {
        instance: '',
        area: '',
        interface: '',
        address: '192.0.2.2',
        routerId: '198.51.100.2',
        state: 'Init',
        priority: undefined,
        designated: '',
        backup: '',
        stateChanges: 0,
        adjacencyMs: undefined,
      },
    ]);
  });

  it('keeps a neighbour once per instance, interface, address and router, and drops one without address', () => {
    const { rows, collapsedRows, unreadable } = neighbors(
      NEIGHBOR,
      { ...NEIGHBOR, state: 'Init' },
      { ...NEIGHBOR, instance: 'ospf-2' },
      { ...NEIGHBOR, interface: 'ether3' },
      { ...NEIGHBOR, 'router-id': '198.51.100.3' },
      { ...NEIGHBOR, address: '' },
    );
    expect(rows.map(({ state }) => state)).toEqual(['Full', 'Full', 'Full', 'Full']);
    expect(collapsedRows).toBe(1);
    expect(unreadable).toEqual({ address: 1 });
  });

  it('counts what it cannot read', () => {
    const { rows, unreadable } = neighbors({ ...NEIGHBOR, priority: 'high', 'state-changes': '-1', adjacency: 'old' });
    expect(rows).toEqual([{ ...READ, priority: undefined, stateChanges: undefined, adjacencyMs: undefined }]);
    expect(unreadable).toEqual({ priority: 1, 'state-changes': 1, adjacency: 1 });
  });
});
