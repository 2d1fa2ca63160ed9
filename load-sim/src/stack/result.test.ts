import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { printResult } from './result.ts';

it('a result is printed with one line per key, lists and counts by name in a row', () => {
  const out = new PassThrough({ encoding: 'utf8' });
  printResult({ rows: 7, slow: null, hub_rss_quarters_mb: [114.6, 118.5], outcomes: { ok: 2, timeout: 1 } }, out);
  expect(out.read()).toBe(`\
  rows                 7
  slow                 –
  hub_rss_quarters_mb  114.6, 118.5
  outcomes             ok 2, timeout 1
`);
});
