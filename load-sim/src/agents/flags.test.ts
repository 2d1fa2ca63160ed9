import { describe, expect, it } from 'vitest';
import { UsageError } from '../flags.ts';
import { parseAgentsFlags } from './flags.ts';

describe('the flags of synthetic agents', () => {
  it('describe 50 000 routers at ten seconds unless they say otherwise', () => {
    expect(parseAgentsFlags([])).toMatchObject({
      sites: 1000,
      routersPerSite: 50,
      intervalMs: 10_000,
      sealMs: 1000,
      hub: undefined,
    });
    expect(parseAgentsFlags(['--sites', '20', '--ramp', '5,10', '--fresh'])).toMatchObject({
      sites: 20,
      ramp: [5, 10],
      fresh: true,
    });
    expect(parseAgentsFlags(['--help'])).toBeUndefined();
  });

  it.each([
    [['--seal-ms', '3000'], '--seal-ms 3000: does not divide --interval-ms 10000'],
    [['--hub', '127.0.0.1:4650'], '--hub-config is missing'],
    [['--hub', 'somewhere', '--hub-config', 'hub.yaml'], '--hub somewhere: not HOST:PORT'],
    [['--hub-config', 'hub.yaml'], '--hub-config needs --hub'],
    [['--hub', '127.0.0.1:4650', '--hub-config', 'hub.yaml', '--ramp', '1'], '--ramp starts hubs of its own'],
    [['--ramp', '10,many'], '--ramp many: not a whole number'],
    [['--fast-only', '--fresh'], '--fast-only and --fresh exclude each other'],
  ])('%j are refused with the reason', (args, reason) => {
    expect(() => parseAgentsFlags(args)).toThrow(UsageError);
    expect(() => parseAgentsFlags(args)).toThrow(reason);
  });
});
