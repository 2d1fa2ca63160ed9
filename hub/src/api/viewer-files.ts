/** Serves the viewer's built files from a folder: hashed assets for ever, the page for every other path. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { Readable } from 'node:stream';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

// Vite writes name-hash.ext into assets/: other bytes have another name.
const HASHED = /^assets\/.+-[\w-]{8,}\.\w+$/;

const NO_BUILD = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Poplar</title></head>
<body><h1>The viewer is not built</h1><p>Run <code>npm run build</code>, then reload this page. The API works without it:
<a href="/api/v1/overview">/api/v1/overview</a>, <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p></body></html>
`;

/** Answers a GET or HEAD of the viewer. */
export async function viewerResponse(folder: string, request: Request): Promise<Response> {
  const path = safePath(new URL(request.url).pathname);
  const file = path === undefined ? undefined : await openFile(folder, path, request);
  if (file !== undefined) return file;
  // A missing asset is an error; any other path is a page of the viewer, which routes itself.
  if (path?.startsWith('assets/')) return text('Not found\n', 404, 'text/plain; charset=utf-8');
  return (await openFile(folder, 'index.html', request)) ?? text(NO_BUILD, 503, 'text/html; charset=utf-8');
}

/** The path below the folder, or undefined when it points out of it or names no file. */
function safePath(pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  const path = normalize(decoded)
    .split(sep)
    .filter((part) => part !== '');
  if (path.length === 0 || decoded.includes('\0') || path.some((part) => part.startsWith('.'))) return undefined;
  return path.join('/');
}

async function openFile(folder: string, path: string, request: Request): Promise<Response | undefined> {
  const full = join(folder, path);
  const info = await stat(full).catch(() => undefined);
  if (info === undefined || !info.isFile()) return undefined;
  const etag = `"${info.size.toString(36)}-${Math.round(info.mtimeMs).toString(36)}"`;
  const headers = new Headers({
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'cache-control': HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag,
  });
  if (isKnown(etag, request.headers.get('if-none-match'))) return new Response(null, { status: 304, headers });
  headers.set('content-length', String(info.size));
  if (request.method === 'HEAD') return new Response(null, { headers });
  return new Response(Readable.toWeb(createReadStream(full)), { headers });
}

/** Compared weakly: compression makes a tag weak. Source: RFC 9110, 13.1.2. */
function isKnown(etag: string, ifNoneMatch: string | null): boolean {
  const known = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}

function text(body: string, status: number, type: string): Response {
  return new Response(body, { status, headers: { 'content-type': type, 'cache-control': 'no-store' } });
}
