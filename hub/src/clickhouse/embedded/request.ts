/** What an HTTP request says besides its SQL: settings, parameters, database, formats. Source: ClickHouse docs, "HTTP interface". */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { EngineError } from './engine-error.ts';
import type { ReadOnly, SessionScope } from './session.ts';

export interface EngineRequest {
  readonly queryId: string;
  /** SQL of the URL; the body follows it. */
  readonly query: string;
  readonly scope: SessionScope;
  /** Format that the request asks for where its SQL names none. */
  readonly defaultFormat: string | undefined;
  /** Content coding of the answer: only where the client asked for it twice, as ClickHouse wants. */
  readonly encoding: AnswerEncoding | undefined;
}

export type AnswerEncoding = 'br' | 'zstd' | 'gzip' | 'deflate';

/** In ClickHouse's order of preference; lz4, snappy and xz are not offered. */
const ENCODINGS: readonly AnswerEncoding[] = ['br', 'zstd', 'gzip', 'deflate'];

/** Parameters of the interface itself: everything else in the URL is a setting. */
const RESERVED: ReadonlySet<string> = new Set([
  'query',
  'database',
  'user',
  'password',
  'quota_key',
  'query_id',
  'default_format',
  'readonly',
  'wait_end_of_query',
  'buffer_size',
  'compress',
  'decompress',
  'session_id',
  'session_timeout',
  'session_check',
  'close_session',
  'role',
  'stacktrace',
  'client_protocol_version',
]);

/** Reads the request line and headers. `parameters` are those of the URL and of a multipart form. Throws EngineError. */
export function readRequest(request: IncomingMessage, parameters: URLSearchParams): EngineRequest {
  refuseUnsupported(parameters);
  const settings = new Map<string, string>();
  const bound = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (name.startsWith('param_')) bound.set(name.slice('param_'.length), value);
    else if (!RESERVED.has(name)) settings.set(name, value);
  }
  return {
    queryId: queryId(parameters),
    query: parameters.get('query') ?? '',
    scope: {
      // A header goes before the URL, as in ClickHouse.
      database: header(request, 'x-clickhouse-database') ?? (parameters.get('database') || undefined),
      settings,
      parameters: bound,
      readOnly: readOnly(request, parameters),
    },
    defaultFormat: formatName(header(request, 'x-clickhouse-format') ?? (parameters.get('default_format') || undefined)),
    encoding: isOn(parameters, 'enable_http_compression') ? acceptedEncoding(header(request, 'accept-encoding')) : undefined,
  };
}

/** The format becomes a part of the SQL, so it must be a name and nothing else. */
function formatName(format: string | undefined): string | undefined {
  if (format === undefined || /^\w+$/.test(format)) return format;
  throw EngineError.of('BAD_ARGUMENTS', `"${format}" is not the name of a format.`);
}

/** The id goes back in a header. */
function queryId(parameters: URLSearchParams): string {
  const id = parameters.get('query_id') || randomUUID();
  if (/^[\x20-\x7e]{1,1000}$/.test(id)) return id;
  throw EngineError.of('BAD_ARGUMENTS', 'query_id must be at most 1000 printable ASCII characters.');
}

/** What the request asks for; anything but a POST reads only, whatever it asks. */
function readOnly(request: IncomingMessage, parameters: URLSearchParams): ReadOnly {
  // The last one counts, as with every setting.
  const text = parameters.getAll('readonly').at(-1) ?? '0';
  const asked = /^\d+$/.test(text) ? Number(text) : undefined;
  if (asked !== 0 && asked !== 1 && asked !== 2) throw EngineError.of('BAD_ARGUMENTS', `readonly is 0, 1 or 2, not "${text}".`);
  return asked === 0 && request.method !== 'POST' ? 2 : asked;
}

function refuseUnsupported(parameters: URLSearchParams): void {
  if (parameters.has('session_id')) {
    throw EngineError.of(
      'NOT_IMPLEMENTED',
      'The embedded engine keeps no HTTP sessions: send the settings with each request, without session_id.',
    );
  }
  if (parameters.has('role')) throw EngineError.of('NOT_IMPLEMENTED', 'The embedded engine has no roles: leave out role.');
  if (isOn(parameters, 'compress') || isOn(parameters, 'decompress')) {
    throw EngineError.of(
      'NOT_IMPLEMENTED',
      "The embedded engine does not speak ClickHouse's own compressed blocks: use Content-Encoding, or enable_http_compression=1 with Accept-Encoding.",
    );
  }
  const protocol = parameters.get('client_protocol_version') ?? '0';
  if (protocol !== '0') {
    throw EngineError.of(
      'NOT_IMPLEMENTED',
      `The embedded engine writes Native as of client_protocol_version 0, not ${protocol}: ask for another version or format.`,
    );
  }
}

function isOn(parameters: URLSearchParams, name: string): boolean {
  const value = parameters.get(name);
  return value !== null && value !== '0' && value !== 'false' && value !== '';
}

function acceptedEncoding(accepted: string | undefined): AnswerEncoding | undefined {
  const offered = (accepted ?? '').split(',').map((entry) => {
    const [name = '', ...options] = entry.split(';').map((part) => part.trim().toLowerCase());
    return options.includes('q=0') ? '' : name;
  });
  return ENCODINGS.find((encoding) => offered.includes(encoding));
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
