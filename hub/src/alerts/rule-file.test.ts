import { describe, expect, it } from 'vitest';
import { parseRuleBook } from './rule-file.ts';
import { bookOf, defaultBook } from './testing.ts';

const RULE = `rules:
  - name: hot
    description: It is hot
    severity: warning
    sql: SELECT ts, site, router, sensor AS object, value FROM sensors WHERE {window}
    fire_above: 80
    clear_below: 70
    for_ms: 60000
`;

function faultsOf(...texts: readonly string[]): string[] {
  const faults: string[] = [];
  parseRuleBook(
    texts.map((text, index) => ({ file: `${'abc'[index]}.yaml`, text })),
    30_000,
    faults,
  );
  return faults;
}

describe('a rule file', () => {
  it('makes rules, with the times that are left out', () => {
    expect(bookOf(RULE).rules).toMatchObject([
      {
        name: 'hot',
        severity: 'warning',
        threshold: { side: 'above', fire: 80, clear: 70 },
        forMs: 60_000,
        keepMs: 0,
        windowMs: 660_000,
        everyMs: 30_000,
        parents: [],
        place: 'rules.yaml:5',
      },
    ]);
  });

  it('changes rules of earlier files: what it names, and a threshold as a whole', () => {
    const changed = bookOf(RULE, 'rules: [{ name: hot, fire_above: 90, severity: critical }]').rules[0];
    expect(changed).toMatchObject({ severity: 'critical', forMs: 60_000, threshold: { fire: 90, clear: 90 } });
    expect(bookOf(RULE, 'rules: [{ name: hot, enabled: false }]').rules).toEqual([]);
  });

  it('puts parents before their children', () => {
    const names = defaultBook().rules.map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(['agent_silent', 'site_down', 'router_down']);
  });

  it.each([
    ['rules:\n  - name: Hot', /^a\.yaml:2: rules\[0\]\.name: a name has small letters/],
    [`${RULE}    fire_abov: 1`, /^a\.yaml:9: rules\[0\]\.fire_abov: unknown key/],
    ['rules:\n  - name: a\n   bad', /^a\.yaml:\d: not valid YAML/],
    ['rules:\n\n  - name: a', /^a\.yaml:3: rule a: description: missing/],
    [RULE.replace('clear_below: 70', 'clear_below: 85'), /^a\.yaml:7: rule hot: clear_below: 85 is above fire_above \(80\)/],
    [RULE.replace('clear_below', 'clear_above'), /^a\.yaml:7: rule hot: clear_above belongs to fire_below/],
    [RULE.replace('{window}', '1'), /^a\.yaml:5: rule hot: the SELECT names no time/],
    [`${RULE}    window_ms: 1000`, /^a\.yaml:9: rule hot: window_ms: 1000 does not hold/],
    [`${RULE}    parents: [gone]`, /^a\.yaml:9: there is no rule "gone"/],
    [`${RULE}    parents: [hot]`, /^rules: parents in a circle: hot → hot/],
    [RULE.replace('sql:', 'condition: gone #'), /^a\.yaml:5: rule hot: there is no condition "gone"/],
    ['maintenance: [{ name: m }]', /^a\.yaml:1: maintenance "m": set from and to, or weekly/],
    ['maintenance: [{ name: m, weekly: { days: [sun], from: "01:00", to: "02:00", time_zone: Mars } }]', /no time zone "Mars"/],
    ['maintenance: [{ name: m, weekly: { days: [sun], from: "25:00", to: "02:00" } }]', /write a time of day as 02:30/],
  ])('says what is wrong, and where, in %j', (text, fault) => {
    expect(faultsOf(text).join('\n')).toMatch(fault);
  });

  it('names the file of what is wrong', () => {
    expect(faultsOf(RULE, 'rules:\n  - name: hot\n    fire_above: hot')).toEqual([
      expect.stringMatching(/^b\.yaml:3: rules\[0\]\.fire_above: /),
    ]);
  });
});
