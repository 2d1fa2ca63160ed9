import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planFleet } from '../fleet.ts';
import { FAULT_KINDS, WIRE_FAULTS } from './kinds.ts';
import { planFaults, stretchesOf } from './plan.ts';
import { parseScenario, readScenario, ScenarioError } from './scenario.ts';

const SCENARIOS = resolve(import.meta.dirname, '../../scenarios');

function problemsIn(text: string): string[] {
  try {
    parseScenario(text, 'x.yaml');
  } catch (error) {
    if (error instanceof ScenarioError) return error.message.split('\n');
  }
  throw new Error('the scenario is fine');
}

describe('a scenario file', () => {
  it('may be empty, and has defaults', () => {
    expect(parseScenario('', 'x.yaml')).toEqual({ faults: [] });
    const { faults, random } = parseScenario('faults: [{ kind: mute }]\nrandom: { share_pct: 5, kinds: [cut] }', 'x.yaml');
    expect(faults).toEqual([{ kind: 'mute', from_s: 0 }]);
    expect(random).toEqual({ share_pct: 5, for_s_min: 30, for_s_max: 90, from_s: 0, kinds: ['cut'] });
  });

  it.each([
    ['faults: [{ kind: explode }]', /^ {2}faults\[0\]\.kind: "explode" is unknown; write one of refuse, mute, /],
    ['faults: [{ from_s: 3 }]', /^ {2}faults\[0\]\.kind: is missing; write one of refuse, /],
    ['faults: [{ kind: mute, for_s: 30s }]', /^ {2}faults\[0\]\.for_s: "30s"; write a number instead$/],
    ['faults: [{ kind: mute, from_s: -1 }]', /^ {2}faults\[0\]\.from_s: -1 is too little; write at least 0$/],
    ['faults: [{ kind: mute, share_pct: 0 }]', /^ {2}faults\[0\]\.share_pct: 0 is too little; write more than 0$/],
    ['faults: [{ kind: mute, routers: r0001 }]', /^ {2}faults\[0\]\.routers: "r0001"; write a list instead$/],
    ['faults: [{ kind: mute, dialects: ["7.1"] }]', /^ {2}faults\[0\]\.dialects\[0\]: "7\.1" is unknown; write one of 6\.42, /],
    [
      'faults: [{ kind: mute, menu: /ip/route }]',
      /^ {2}faults\[0\]\.menu: does nothing with kind mute; remove it, or use it with trap_menu$/,
    ],
    ['faults: [{ kind: trap_menu, menu: routes }]', /^ {2}faults\[0\]\.menu: "routes" is not a menu path; write one such as /],
    ['faults: [{ kind: mute, every_s: 9 }]', /^ {2}faults\[0\]\.every_s: 9 is not longer than for_s/],
    ['random: { share_pct: 101, kinds: [mute] }', /^ {2}random\.share_pct: 101 is too much; write at most 100$/],
    ['random: { share_pct: 1, kinds: [] }', /^ {2}random\.kinds: \[\] is too short; write at least 1$/],
    [
      'random: { share_pct: 1, kinds: [mute], for_s_max: 3 }',
      /^ {2}random\.for_s_max: 3 is below for_s_min \(30\); write at least that$/,
    ],
    ['chaos: true', /^ {2}chaos: unknown key; remove it, or see docs\/scenarios\.md$/],
    ['[a', /^ {2}not valid YAML: /],
  ])('%s is refused with what to do', (text, message) => {
    const [head, ...problems] = problemsIn(text);
    expect(head).toBe('Cannot use the scenario x.yaml:');
    expect(problems).toEqual([expect.stringMatching(message)]);
  });

  it('that is not there is named', () => {
    expect(() => readScenario('/nowhere/x.yaml')).toThrow(
      /Cannot use the scenario \/nowhere\/x\.yaml:\n {2}it cannot be read: ENOENT/,
    );
  });
});

describe('the example of the documentation', () => {
  it('fits a fleet', () => {
    const page = readFileSync(resolve(import.meta.dirname, '../../../docs/scenarios.md'), 'utf8');
    const scenario = parseScenario(/```yaml\n([^]*?)```/.exec(page)?.[1] ?? '[', 'docs/scenarios.md');
    expect(scenario.faults).toHaveLength(4);
    expect(planFleet({ routers: 100, sites: 5, seed: 1, startMs: 0, mix: 'all', scenario }).routers).toHaveLength(100);
  });
});

describe('the scenarios that come with the simulator', () => {
  it.each(readdirSync(SCENARIOS))('%s fits a fleet of 500', (name) => {
    const scenario = readScenario(join(SCENARIOS, name));
    expect(scenario.about).toMatch(/\.$/);
    const fleet = planFleet({ routers: 500, sites: 5, seed: 1, startMs: 0, mix: 'all', scenario });
    const kinds = planFaults(fleet).flatMap((track) => [...stretchesOf(track, 0, 600_000)].map(({ fault }) => fault?.kind));
    expect(new Set(kinds).size).toBeGreaterThan(5);
  });

  it('faulty-fleet has everything that a poller meets on the wire', () => {
    const { random } = readScenario(join(SCENARIOS, 'faulty-fleet.yaml'));
    expect(random?.kinds.toSorted()).toEqual(WIRE_FAULTS.toSorted());
    expect(FAULT_KINDS).toEqual(expect.arrayContaining([...WIRE_FAULTS]));
  });
});
