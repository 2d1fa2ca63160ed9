/** ClickHouse's HTTP interface on loopback. Source: ClickHouse docs, "HTTP interface"; src/Server/HTTPHandler.cpp. */
import { open, readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { authenticate, foreignness, type Logins } from './access.ts';
import type { AnalystExecutor } from './analyst-executor.ts';
import { openBody, readForm } from './body.ts';
import { asEngineError, EngineError, httpStatusOf } from './engine-error.ts';
import type { Answer, Executor } from './executor.ts';
import { type AnswerEncoding, readRequest } from './request.ts';
import { readOrder } from './sql-of-request.ts';

export interface EngineServerParts {
  readonly executor: Executor;
  readonly analysts: AnalystExecutor;
  readonly logins: Logins;
  /** Version of the engine, told in errors and headers. */
  readonly version: string;
  readonly onFault: (error: unknown) => void;
}

export interface EngineServer {
  /** Listens on 127.0.0.1; 0 lets the system choose. Resolves with the port. */
  listen(port: number): Promise<number>;
  /** Takes no more requests; running ones may end until the signal aborts, then they are killed. Resolves when none is left. */
  close(signal: AbortSignal): Promise<void>;
}

const FORM_BYTES_MAX = 16 * 1024 * 1024;
/** Answers up to here are sent in one piece, bytes. */
const SMALL_ANSWER_BYTES = 256 * 1024;
/** ClickHouse's own keep-alive, ms. */
const KEEP_ALIVE_MS = 10_000;

export function createEngineServer({ executor, analysts, logins, version, onFault }: EngineServerParts): EngineServer {
  const running = new Map<AbortController, Promise<void>>();
  let port = 0;

  const server: Server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, maxHeaderSize: 1024 * 1024 },
    (request, response) => {
      const gone = new AbortController();
      response.once('close', () => {
        if (!response.writableFinished) gone.abort(new Error('The client left'));
      });
      const served = serve(request, response, gone.signal)
        .catch((error: unknown) => {
          if (!gone.signal.aborted) onFault(error);
          response.destroy();
        })
        .finally(() => running.delete(gone));
      running.set(gone, served);
    },
  );

  async function serve(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void> {
    response.setHeader('X-ClickHouse-Server-Display-Name', 'poplar-embedded');
    const foreign = foreignness(request, port);
    if (foreign !== undefined) return sendText(response, 403, `${foreign}\n`);
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/ping' || (url.pathname === '/' && url.search === '' && request.method !== 'POST'))
      return sendText(response, 200, 'Ok.\n');
    if (url.pathname !== '/')
      return sendText(response, 404, `There is no handle ${url.pathname}. Use / for queries and /ping for health checks.\n`);
    try {
      await answer(request, response, url.searchParams, gone);
    } catch (error) {
      if (gone.aborted) return;
      if (response.headersSent) throw error;
      sendError(response, asEngineError(error));
    }
  }

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    url: URLSearchParams,
    gone: AbortSignal,
  ): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'POST' && request.method !== 'HEAD') {
      throw EngineError.of(
        'NOT_IMPLEMENTED',
        `Method ${request.method ?? ''} is not supported: use GET for reading and POST for anything.`,
      );
    }
    const login = authenticate(request, url, logins);
    if (login === undefined) {
      response.setHeader('WWW-Authenticate', 'Basic realm="ClickHouse server HTTP API"');
      throw EngineError.of(
        'AUTHENTICATION_FAILED',
        "Authentication failed: password is incorrect, or there is no user with such name. Analysts are named in hub.yaml; the hub's own password is in the file clickhouse-password beside the engine's folder.",
      );
    }
    const started = process.hrtime.bigint();
    const contentType = request.headers['content-type'] ?? '';
    let body = openBody(request);
    const parameters = new URLSearchParams(url);
    if (contentType.startsWith('multipart/form-data')) {
      for (const [name, value] of await readForm(contentType, body, FORM_BYTES_MAX)) parameters.append(name, value);
      body = NO_BODY;
    }
    const asked = readRequest(request, parameters);
    response.setHeader('X-ClickHouse-Query-Id', asked.queryId);
    const order = await readOrder(asked.query, body);
    await using result =
      login.kind === 'hub'
        ? await executor.execute(order, asked, gone)
        : await analysts.execute(login.analyst, order, asked, gone);
    const bytes = result.content instanceof Uint8Array ? result.content.length : (await stat(result.content.path)).size;
    response.setHeader('X-ClickHouse-Format', result.format);
    response.setHeader('X-ClickHouse-Timezone', 'UTC');
    response.setHeader('X-ClickHouse-Summary', summary(result, bytes, process.hrtime.bigint() - started));
    response.setHeader('Content-Type', contentTypeOf(result.format));
    await send(response, result.content, bytes, request.method === 'HEAD' ? undefined : asked.encoding);
  }

  function sendError(response: ServerResponse, error: EngineError): void {
    response.setHeader('X-ClickHouse-Exception-Code', String(error.code));
    sendText(response, httpStatusOf(error.code), `${error.message.trimEnd()} (version ${version})\n`);
  }

  return {
    async listen(wanted) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(wanted, '127.0.0.1', () => {
          server.off('error', reject);
          resolve();
        });
      });
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('BUG: the engine listens on no TCP port');
      port = address.port;
      return port;
    },
    async close(signal) {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      const stop = (): void => {
        for (const request of running.keys()) request.abort(new Error('The engine stops'));
        server.closeAllConnections();
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      await closed;
      // A killed statement still holds its connection until the engine lets go of it.
      await Promise.all(running.values());
      signal.removeEventListener('abort', stop);
    },
  };
}

const NO_BODY = {
  complete: true,
  head: () => Promise.resolve(Buffer.alloc(0)),
  rest: async function* (): AsyncGenerator<Uint8Array, void> {},
};

function summary(answer: Answer, resultBytes: number, elapsedNs: bigint): string {
  return JSON.stringify({
    read_rows: String(answer.readRows),
    read_bytes: String(answer.readBytes),
    written_rows: String(answer.writtenRows),
    written_bytes: String(answer.writtenBytes),
    total_rows_to_read: '0',
    result_rows: String(answer.writtenRows),
    result_bytes: String(resultBytes),
    elapsed_ns: String(elapsedNs),
  });
}

async function send(
  response: ServerResponse,
  content: Answer['content'],
  bytes: number,
  encoding: AnswerEncoding | undefined,
): Promise<void> {
  if (bytes <= SMALL_ANSWER_BYTES || content instanceof Uint8Array) {
    const whole = content instanceof Uint8Array ? content : await readFile(content.path);
    const encoded = encoding === undefined || bytes === 0 ? whole : await ENCODERS[encoding].whole(whole);
    if (encoding !== undefined && bytes > 0) response.setHeader('Content-Encoding', encoding);
    response.setHeader('Content-Length', encoded.length);
    response.end(encoded);
    return;
  }
  // Opened before the stream is made: one that is destroyed while it opens its file may fail with nobody left to hear it.
  await using handle = await open(content.path);
  const file = handle.createReadStream({ highWaterMark: SMALL_ANSWER_BYTES, autoClose: false });
  if (encoding === undefined) {
    response.setHeader('Content-Length', bytes);
    await pipeline(file, response);
  } else {
    response.setHeader('Content-Encoding', encoding);
    await pipeline(file, ENCODERS[encoding].stream(), response);
  }
}

/** Fast levels: ClickHouse's default for HTTP is 3 of 9. */
const BROTLI = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 3 } };
const ENCODERS = {
  br: {
    whole: (bytes: Uint8Array) => promisify(zlib.brotliCompress)(bytes, BROTLI),
    stream: () => zlib.createBrotliCompress(BROTLI),
  },
  zstd: { whole: (bytes: Uint8Array) => promisify(zlib.zstdCompress)(bytes), stream: () => zlib.createZstdCompress() },
  gzip: { whole: (bytes: Uint8Array) => promisify(zlib.gzip)(bytes, { level: 3 }), stream: () => zlib.createGzip({ level: 3 }) },
  deflate: {
    whole: (bytes: Uint8Array) => promisify(zlib.deflate)(bytes, { level: 3 }),
    stream: () => zlib.createDeflate({ level: 3 }),
  },
} as const;

function contentTypeOf(format: string): string {
  if (/^JSON(EachRow|CompactEachRow|StringsEachRow|LinesEachRow)|^(NDJSON|JSONLines)$/.test(format))
    return 'application/x-ndjson; charset=UTF-8';
  if (format.startsWith('JSON')) return 'application/json; charset=UTF-8';
  if (format.startsWith('CSV')) return 'text/csv; charset=UTF-8';
  if (format.startsWith('TSV') || format.startsWith('TabSeparated')) return 'text/tab-separated-values; charset=UTF-8';
  if (/^(Pretty|Vertical|Values|Markdown)/.test(format)) return 'text/plain; charset=UTF-8';
  if (format === 'XML') return 'application/xml; charset=UTF-8';
  return 'application/octet-stream';
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.end(text);
}
