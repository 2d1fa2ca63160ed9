/** What a verification found. */
import { perTable, ROW_TABLES } from './truth/all.ts';

/** Tables that hold what routers answered, and the polls themselves. */
export const VERIFIED_TABLES = [...ROW_TABLES, 'polls'] as const;
export type VerifiedTable = (typeof VERIFIED_TABLES)[number];

/** Rows of one table. */
export interface TableCounts {
  /** Rows that the served replies call for. */
  rows_expected: number;
  /** Rows under FINAL. */
  rows_stored: number;
  /** Rows before FINAL: rows that were stored again and are hidden by FINAL are in here. */
  raw_rows: number;
  missing: number;
  duplicates: number;
  wrong: number;
}

export type FaultKind = 'missing' | 'duplicate' | 'wrong';

/** One fault, with everything needed to look at it. */
export interface FaultExample {
  readonly kind: FaultKind;
  readonly table: VerifiedTable;
  readonly site: string;
  readonly router: string;
  /** Time of the poll, or of the served reply when no poll holds it; Unix ms. */
  readonly at_ms: number;
  /** Interface, or interface and address of a client; empty for tables with one row per poll. */
  readonly object: string;
  readonly detail: string;
}

export interface VerifyReport extends TableCounts {
  /** Stored polls within the verified time. */
  polls: number;
  /** Polls whose outcome says that the router could not be read; their served replies are not expected to be stored. */
  failed_polls: number;
  /** Replies that were served more than once within one visit; one of them has to be stored. */
  repeated_replies: number;
  /** Rows that need not be as the replies have them: served within an allowed loss or to a failed poll, or stored of a part of them. */
  excused_rows: number;
  /** Polls whose times are not the true ones: their agent's clock was wrong. */
  shifted_polls: number;
  /** Polls that need not be stored: visits whose replies were all served within an allowed loss. */
  excused_polls: number;
  readonly tables: Readonly<Record<VerifiedTable, TableCounts>>;
  /** The first few of each kind. */
  readonly examples: FaultExample[];
}

const EXAMPLES_PER_KIND_MAX = 10;

export function createReport(): VerifyReport {
  const none = (): TableCounts => ({ rows_expected: 0, rows_stored: 0, raw_rows: 0, missing: 0, duplicates: 0, wrong: 0 });
  return {
    ...none(),
    polls: 0,
    failed_polls: 0,
    repeated_replies: 0,
    excused_rows: 0,
    shifted_polls: 0,
    excused_polls: 0,
    tables: perTable(VERIFIED_TABLES, none),
    examples: [],
  };
}

/** Counts a fault of `rows` rows and keeps it as an example while there are few of its kind. */
export function addFault(report: VerifyReport, fault: FaultExample, rows = 1): void {
  const column = fault.kind === 'duplicate' ? 'duplicates' : fault.kind;
  report.tables[fault.table][column] += rows;
  report[column] += rows;
  const alike = report.examples.filter(({ kind, table }) => kind === fault.kind && table === fault.table).length;
  if (alike < EXAMPLES_PER_KIND_MAX) report.examples.push(fault);
}

/** Adds to a count of one table and to the total. */
export function addRows(
  report: VerifyReport,
  table: VerifiedTable,
  column: 'rows_expected' | 'rows_stored' | 'raw_rows',
  rows: number,
): void {
  report.tables[table][column] += rows;
  report[column] += rows;
}
