import { ClickHouseError } from '@clickhouse/client';

/**
 * ClickHouse refused or could not be reached. `retryable` is false only where the statement or its data is at fault, so that
 * the same bytes can never succeed; an outage, a full disk, too many parts or a missing table pass when somebody mends them.
 * `code` is ClickHouse's error code, absent when there was no answer.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly retryable: boolean;
  readonly code: number | undefined;
  /**
   * True only when ClickHouse found a value at fault. A wrong schema, a missing right or an unknown setting fails every insert
   * alike and is the operator's to mend: it must never condemn a batch.
   */
  readonly blamesValues: boolean;

  constructor(
    message: string,
    fate: { readonly retryable: boolean; readonly code?: number | undefined; readonly cause?: unknown },
  ) {
    super(message, { cause: fate.cause });
    this.retryable = fate.retryable;
    this.code = fate.code;
    this.blamesValues = fate.code !== undefined && FAULTS_OF_VALUES.has(fate.code);
  }
}

/** Converts whatever `@clickhouse/client` threw, deciding by code alone. A StoreError is returned as it is. */
export function asStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (error instanceof ClickHouseError) {
    const code = Number(error.code);
    const message = `ClickHouse error ${error.code}${error.type === undefined ? '' : ` (${error.type})`}: ${error.message.trim()}`;
    return new StoreError(message, { retryable: !FAULTS_OF_THE_BYTES.has(code), code, cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new StoreError(`Cannot reach ClickHouse: ${reason}`, { retryable: true, cause: error });
}

/** Codes of src/Common/ErrorCodes.cpp that mean: this statement with these bytes fails on every attempt. */
const FAULTS_OF_THE_BYTES: ReadonlySet<number> = new Set([
  6, // CANNOT_PARSE_TEXT
  7, // INCORRECT_NUMBER_OF_COLUMNS
  8, // THERE_IS_NO_COLUMN
  9, // SIZES_OF_COLUMNS_DOESNT_MATCH
  10, // NOT_FOUND_COLUMN_IN_BLOCK
  12, // PARAMETER_OUT_OF_BOUND
  16, // NO_SUCH_COLUMN_IN_TABLE
  19, // SIZE_OF_FIXED_STRING_DOESNT_MATCH
  20, // NUMBER_OF_COLUMNS_DOESNT_MATCH
  25, // CANNOT_PARSE_ESCAPE_SEQUENCE
  26, // CANNOT_PARSE_QUOTED_STRING
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  28, // CANNOT_PRINT_FLOAT_OR_DOUBLE_NUMBER
  32, // ATTEMPT_TO_READ_AFTER_EOF
  33, // CANNOT_READ_ALL_DATA
  34, // TOO_MANY_ARGUMENTS_FOR_FUNCTION
  35, // TOO_FEW_ARGUMENTS_FOR_FUNCTION
  36, // BAD_ARGUMENTS
  38, // CANNOT_PARSE_DATE
  39, // TOO_LARGE_SIZE_COMPRESSED
  40, // CHECKSUM_DOESNT_MATCH
  41, // CANNOT_PARSE_DATETIME
  42, // NUMBER_OF_ARGUMENTS_DOESNT_MATCH
  43, // ILLEGAL_TYPE_OF_ARGUMENT
  44, // ILLEGAL_COLUMN
  46, // UNKNOWN_FUNCTION
  47, // UNKNOWN_IDENTIFIER
  48, // NOT_IMPLEMENTED
  50, // UNKNOWN_TYPE
  53, // TYPE_MISMATCH
  62, // SYNTAX_ERROR
  63, // UNKNOWN_AGGREGATE_FUNCTION
  69, // ARGUMENT_OUT_OF_BOUND
  70, // CANNOT_CONVERT_TYPE
  72, // CANNOT_PARSE_NUMBER
  73, // UNKNOWN_FORMAT
  115, // UNKNOWN_SETTING
  117, // INCORRECT_DATA
  128, // TOO_LARGE_ARRAY_SIZE
  130, // CANNOT_READ_ARRAY_FROM_TEXT
  131, // TOO_LARGE_STRING_SIZE
  164, // READONLY
  190, // SIZES_OF_ARRAYS_DONT_MATCH
  321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  376, // CANNOT_PARSE_UUID
  407, // DECIMAL_OVERFLOW
  441, // CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING
  456, // UNKNOWN_QUERY_PARAMETER
  457, // BAD_QUERY_PARAMETER
  467, // CANNOT_PARSE_BOOL
  469, // VIOLATED_CONSTRAINT
  691, // UNKNOWN_ELEMENT_OF_ENUM
]);

/** The part of them that names a value. INCORRECT_DATA (117) is not one: a column that the table lacks gives it too. */
const FAULTS_OF_VALUES: ReadonlySet<number> = new Set([
  6, // CANNOT_PARSE_TEXT
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  33, // CANNOT_READ_ALL_DATA
  38, // CANNOT_PARSE_DATE
  41, // CANNOT_PARSE_DATETIME
  69, // ARGUMENT_OUT_OF_BOUND
  72, // CANNOT_PARSE_NUMBER
  128, // TOO_LARGE_ARRAY_SIZE
  131, // TOO_LARGE_STRING_SIZE
  349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  407, // DECIMAL_OVERFLOW
  469, // VIOLATED_CONSTRAINT
  691, // UNKNOWN_ELEMENT_OF_ENUM
]);
