import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KEEPABLE, RULES, VALUE_RULES } from './rules.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/recording.md'), 'utf8');

describe('the rules of the scrubber', () => {
  it('are all in the documentation, and those of known attributes with their reasons', () => {
    for (const rule of new Set([...RULES.map((one) => one.rule), ...Object.keys(VALUE_RULES)]))
      expect(PAGE).toContain(`\`${rule}\``);
    for (const { rule, reason } of new Map(RULES.toReversed().map((one) => [one.rule, one])).values())
      expect(rule.startsWith('routeros-') || PAGE.includes(reason), `${rule}: ${reason}`).toBe(true);
    expect(PAGE).toContain(`\`--keep ${KEEPABLE.join(',')}\``);
  });

  it('never let a secret, a serial or an address be kept', () => {
    for (const { rule, keepable, reason } of RULES) {
      expect(reason).not.toBe('');
      expect(['secret', 'serial', 'cell', 'client', 'address'].includes(rule) && keepable !== undefined, rule).toBe(false);
    }
  });
});
