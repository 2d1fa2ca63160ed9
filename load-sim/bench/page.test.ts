import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PageError, replaceSection } from './page.ts';

const page = '# Title\n\n<!-- bench:a -->\nold\n<!-- /bench:a -->\n\nText\n\n<!-- bench:ab -->\n<!-- /bench:ab -->\nEnd\n';

it('replaces what stands between the markers and nothing else', () => {
  const once = replaceSection(page, 'a', 'new $& text\n');
  expect(once).toBe(page.replace('\nold\n', () => '\n\nnew $& text\n\n'));
  expect(replaceSection(once, 'a', 'new $& text')).toBe(once);
});

it.each([
  ['there are no markers', 'Text'],
  ['the closing one is missing', '<!-- bench:a -->\n'],
  ['the closing one comes first', '<!-- /bench:a -->\n<!-- bench:a -->\n'],
  ['there are two pairs', `${page}${page}`],
  ['there are two closing ones', `${page}<!-- /bench:a -->`],
])('refuses a page in which %s', (_, text) => {
  expect(() => replaceSection(text, 'a', 'new')).toThrow(PageError);
});

it('finds every benchmark in docs/BENCHMARKS.md', () => {
  const results = readFileSync(new URL('../../docs/BENCHMARKS.md', import.meta.url), 'utf8');
  const names = ['codec', 'spool', 'ingest', 'victoria', 'polling', 'graphs', 'month', 'present', 'viewer', 'storage'];
  for (const name of names) expect(replaceSection(results, name, 'new')).toContain(`<!-- bench:${name} -->\n\nnew\n\n`);
});
