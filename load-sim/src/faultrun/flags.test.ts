import { describe, expect, it } from 'vitest';
import { FAULT_USAGE, parseFaultFlags } from './flags.ts';
import { FAULT_KINDS } from './kinds.ts';
import { OUTAGE_KINDS } from './outage/plan.ts';

describe('the flags of a fault run', () => {
  it('are those of npm start with a length, and the kinds of faults', () => {
    expect(parseFaultFlags([])).toMatchObject({ forMs: 300_000, kinds: FAULT_KINDS, stack: { routers: 100, seed: 1 } });
    const own = parseFaultFlags(['--seed', '9', '--faults', 'link_cut, hub_kill', '--routers', '7']);
    expect(own).toMatchObject({ kinds: ['link_cut', 'hub_kill'], stack: { routers: 7, seed: 9 } });
    expect(parseFaultFlags(['--faults=redeliver'])?.kinds).toEqual(['redeliver']);
    expect(parseFaultFlags(['--help'])).toBeUndefined();
  });

  it('ask for one long outage instead, with time around it', () => {
    expect(parseFaultFlags([])?.outage).toBeUndefined();
    expect(parseFaultFlags(['--outage', 'hub'])).toMatchObject({ outage: { kind: 'hub', forMs: 600_000 }, forMs: 910_000 });
    const own = parseFaultFlags(['--outage=clickhouse', '--outage-s', '60', '--for-s', '120', '--routers', '500']);
    expect(own).toMatchObject({ outage: { kind: 'clickhouse', forMs: 60_000 }, forMs: 120_000, stack: { routers: 500 } });
  });

  it('name the kinds when one is unknown', () => {
    expect(() => parseFaultFlags(['--faults', 'rain'])).toThrow('--faults rain: not one of agent_kill, ');
    expect(() => parseFaultFlags(['--outage', 'rain'])).toThrow('--outage rain: not one of hub, clickhouse');
  });

  it('are refused when they contradict each other', () => {
    expect(() => parseFaultFlags(['--outage', 'hub', '--faults', 'link_cut'])).toThrow('one of them');
    expect(() => parseFaultFlags(['--outage-s', '60'])).toThrow('--outage-s 60: say which outage with --outage');
    expect(() => parseFaultFlags(['--outage', 'hub', '--outage-s', 'long'])).toThrow('--outage-s long: not a whole number');
    expect(() => parseFaultFlags(['--outage', 'hub', '--outage-s', '60', '--for-s', '69'])).toThrow(
      '--for-s 69: at least 10 s longer than the outage of 60 s',
    );
  });

  it('are explained, every kind by name', () => {
    for (const kind of [...FAULT_KINDS, ...OUTAGE_KINDS]) expect(FAULT_USAGE).toContain(kind);
  });
});
