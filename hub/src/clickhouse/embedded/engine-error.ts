/** An error with ClickHouse's code and text, as the HTTP interface reports it. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  /** A code of ClickHouse's src/Common/ErrorCodes.cpp. */
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** An error of this server, in ClickHouse's words: `Code: 516. DB::Exception: … (AUTHENTICATION_FAILED)`. */
  static of(name: ErrorName, reason: string): EngineError {
    const code = ERROR_CODES[name];
    return new EngineError(code, `Code: ${code}. DB::Exception: ${reason} (${name})`);
  }
}

/** The codes that this server raises by itself. */
export const ERROR_CODES = {
  NOT_IMPLEMENTED: 48,
  BAD_ARGUMENTS: 36,
  SYNTAX_ERROR: 62,
  UNKNOWN_COMPRESSION_METHOD: 89,
  INCORRECT_DATA: 117,
  READONLY: 164,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  NETWORK_ERROR: 210,
  QUERY_IS_TOO_LARGE: 229,
  NOT_ENOUGH_SPACE: 243,
  INTO_OUTFILE_NOT_ALLOWED: 358,
  SUPPORT_IS_DISABLED: 344,
  TOO_MANY_ROWS_OR_BYTES: 396,
  SETTING_CONSTRAINT_VIOLATION: 452,
  ACCESS_DENIED: 497,
  AUTHENTICATION_FAILED: 516,
  UNKNOWN_EXCEPTION: 1002,
} as const;

export type ErrorName = keyof typeof ERROR_CODES;

/** The addon throws plain errors that start with ClickHouse's `Code: N.`: the only place where the code is to be had. */
export function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = /^Code: (\d+)\./.exec(text)?.[1];
  return new EngineError(code === undefined ? ERROR_CODES.UNKNOWN_EXCEPTION : Number(code), text, { cause: error });
}

/** HTTP status of an error code. Source: exceptionCodeToHTTPStatus in ClickHouse's src/Server/HTTP/exceptionCodeToHTTPStatus.cpp. */
export function httpStatusOf(code: number): number {
  return STATUS_OF_CODE.get(code) ?? 500;
}

const STATUS_OF_CODE: ReadonlyMap<number, number> = new Map([
  // ClickHouse itself says 403 for a wrong password; 401 makes clients ask for another.
  ...statuses(401, [194, 516]),
  ...statuses(403, [192, 193, 497, 512]),
  ...statuses(400, [6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676]),
  ...statuses(404, [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511]),
  ...statuses(408, [159]),
  ...statuses(411, [381]),
  ...statuses(413, [229]),
  ...statuses(415, [779]),
  ...statuses(501, [48]),
  ...statuses(503, [76, 209, 439]),
]);

function statuses(status: number, codes: readonly number[]): [number, number][] {
  return codes.map((code) => [code, status]);
}
