/** `bench viewer`: what a browser downloads to show the viewer. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BenchResult } from './result.ts';

const DIST = resolve(import.meta.dirname, '../../web/dist');
/** What was set as a bound, kB: the page with all that it names, and everything there is. */
const BUDGETS_KB = { firstPage: 60, all: 150 };
const SENT = new Set(['.html', '.js', '.css']);

export async function benchViewer(): Promise<BenchResult> {
  const page = join(DIST, 'index.html');
  if (!existsSync(page)) throw new Error(`Cannot measure the viewer: ${page} is missing. Build it with: npm run build`);
  const named = [...readFileSync(page, 'utf8').matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map(([, file = '']) =>
    join(DIST, file),
  );
  const all = readdirSync(DIST, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && SENT.has(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name));
  return {
    name: 'viewer',
    conditions: 'Scripts, styles and page of the viewer as built, each compressed with gzip -9; 1 kB is 1 000 bytes.',
    measurements: [
      {
        what: `the page and the ${named.length} files that it names, kB`,
        rounds: [compressedKb([page, ...named])],
        anchor: { text: `budget: ≤ ${BUDGETS_KB.firstPage}`, value: BUDGETS_KB.firstPage },
      },
      {
        what: `all ${all.length} files, the ones that other pages load among them, kB`,
        rounds: [compressedKb(all)],
        anchor: { text: `budget: ≤ ${BUDGETS_KB.all}; the libraries alone 63`, value: BUDGETS_KB.all },
      },
    ],
  };
}

function compressedKb(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0) / 1000;
}
