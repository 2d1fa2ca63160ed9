import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { questionsOf } from './analysts.ts';

it('asks all ten queries of the page, as of the end of the set', () => {
  const page = readFileSync(new URL('../../docs/analysts.md', import.meta.url), 'utf8');
  const questions = questionsOf(page, Date.UTC(2026, 0, 31));
  expect(questions).toHaveLength(10);
  expect(questions.map(({ what }) => what)).toContain('One port by minute, bit/s');
  for (const { sql } of questions) expect(sql).not.toContain('now()');
  expect(questions.filter(({ sql }) => sql.includes("toDateTime(1769817600, 'UTC')")).length).toBeGreaterThan(5);
});
