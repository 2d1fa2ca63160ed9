import { describe, expect, it } from 'vitest';
import { FAULT_USAGE, parseFaultFlags } from './flags.ts';
import { FAULT_KINDS } from './kinds.ts';

describe('the flags of a fault run', () => {
  it('are those of npm start with a length, and the kinds of faults', () => {
    expect(parseFaultFlags([])).toMatchObject({ forMs: 300_000, kinds: FAULT_KINDS, stack: { routers: 100, seed: 1 } });
    const own = parseFaultFlags(['--seed', '9', '--faults', 'link_cut, hub_kill', '--routers', '7']);
    expect(own).toMatchObject({ kinds: ['link_cut', 'hub_kill'], stack: { routers: 7, seed: 9 } });
    expect(parseFaultFlags(['--faults=redeliver'])?.kinds).toEqual(['redeliver']);
    expect(parseFaultFlags(['--help'])).toBeUndefined();
  });

  it('name the kinds when one is unknown', () => {
    expect(() => parseFaultFlags(['--faults', 'rain'])).toThrow('--faults rain: not one of agent_kill, ');
  });

  it('are explained, every kind by name', () => {
    for (const kind of FAULT_KINDS) expect(FAULT_USAGE).toContain(kind);
  });
});
