/** Settings of an analyst's session: what the request may choose, within the limits of the login. */
import type { AnalystLimits } from './analyst.ts';
import { EngineError } from './engine-error.ts';

export interface AnalystSettings {
  /** For the whole session. */
  readonly session: ReadonlyMap<string, string>;
  /** For the query alone: the gates' own answers are neither counted nor cut. */
  readonly query: ReadonlyMap<string, string>;
}

/** Disk that sorting, grouping and joining of one query may use beyond its memory, bytes. */
const TEMPORARY_BYTES_MAX = 1024 ** 3;

/** Rows between two looks at the clock: those of a granule. */
const BLOCK_ROWS = 8192;

/** Largest answer of a gate, bytes: a deep query is indented, and is read on the thread that serves every request. */
const GATE_BYTES_MAX = 8 * 1024 * 1024;

/** Throws EngineError when the request asks for a setting that is not its own to choose, or for more than its limits. */
export function analystSettings(asked: ReadonlyMap<string, string>, limits: AnalystLimits): AnalystSettings {
  const bounds = new Map([
    ['max_execution_time', limits.executionMsMax / 1000],
    ['max_memory_usage', limits.memoryBytesMax],
    ['max_rows_to_read', limits.rowsToReadMax],
    ['max_result_rows', limits.resultRowsMax],
    ['max_result_bytes', limits.resultBytesMax],
    ['max_threads', 1],
  ]);
  const chosen = new Map<string, string>();
  for (const [name, value] of asked) {
    const bound = bounds.get(name);
    if (bound !== undefined) bounds.set(name, within(name, value, bound));
    else if (CHOICES.some((pattern) => pattern.test(name))) chosen.set(name, value);
    else if (!IGNORED.has(name)) {
      throw EngineError.of(
        'READONLY',
        `Cannot modify '${name}' setting in readonly mode: an analyst may choose formats, time zone, final and lower limits. Leave it out.`,
      );
    }
  }
  const take = (...names: string[]): [string, string][] => names.map((name) => [name, String(bounds.get(name))]);
  return {
    session: new Map([
      ...take('max_execution_time', 'max_memory_usage', 'max_threads'),
      ['max_result_bytes', String(GATE_BYTES_MAX)],
      ['max_block_size', String(BLOCK_ROWS)],
      ['timeout_overflow_mode', 'throw'],
      // More threads, and memory for each.
      ['output_format_parallel_formatting', '0'],
      ['allow_introspection_functions', '0'],
      ['allow_ddl', '0'],
    ]),
    query: new Map([
      // Before the limits, which win.
      ['final', '1'],
      ...chosen,
      ...take('max_rows_to_read', 'max_result_rows', 'max_result_bytes'),
      ['read_overflow_mode', 'throw'],
      ['result_overflow_mode', 'throw'],
      ['max_temporary_data_on_disk_size_for_query', String(TEMPORARY_BYTES_MAX)],
    ]),
  };
}

/** A limit of the request, which 0 would lift. */
function within(name: string, value: string, max: number): number {
  const wanted = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (wanted > 0 && wanted <= max) return wanted;
  throw EngineError.of(
    'SETTING_CONSTRAINT_VIOLATION',
    `Setting ${name} must be more than 0 and at most ${max} for this login, not "${value}".`,
  );
}

/** How answers look. None of them names a file: format_schema, output_format_schema and format_template_… do. */
const CHOICES: readonly RegExp[] = [
  /^output_format_(json|csv|tsv|pretty|parquet|arrow|orc|markdown|values|xml|decimal|float|native|binary)_\w+$/,
  /^output_format_(write_statistics|trim_fixed_string|bool_representation_\w+)$/,
  /^format_csv_(delimiter|null_representation)$/,
  /^format_tsv_null_representation$/,
  /^(bool_true|bool_false)_representation$/,
  /^date_time_(output|input)_format$/,
  /^(session_timezone|final|join_use_nulls|union_default_mode|transform_null_in|extremes|limit|offset|group_by_use_nulls)$/,
];

/** Of the HTTP interface, with no meaning for a query. */
const IGNORED: ReadonlySet<string> = new Set([
  'enable_http_compression',
  'http_zlib_compression_level',
  'add_http_cors_header',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
  'log_comment',
  'async_insert',
  'wait_for_async_insert',
]);
