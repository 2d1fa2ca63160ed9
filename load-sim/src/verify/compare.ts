/** Compares the stored rows of one poll in one table with what one reply said. Pure. */

import type { FaultKind } from './report.ts';
import type { Between, ExpectedRow, ExpectedValue } from './truth/table-truth.ts';

/** One stored row: what tells it apart within its poll, and its values in the order of the table's columns. */
export interface StoredRow {
  readonly object: string;
  readonly values: readonly (string | null)[];
}

export interface RowFault {
  readonly kind: FaultKind;
  readonly object: string;
  readonly detail: string;
}

/** Every row that is not as the reply said: changed or invented (wrong), stored twice (duplicate), or not stored (missing). */
export function compareRows(
  columns: readonly string[],
  expected: ReadonlyMap<string, ExpectedRow>,
  stored: readonly StoredRow[],
): RowFault[] {
  const faults: RowFault[] = [];
  const seen = new Set<string>();
  for (const { object, values } of stored) {
    const truth = expected.get(object);
    if (seen.has(object)) faults.push({ kind: 'duplicate', object, detail: 'is stored twice in one poll' });
    else if (truth === undefined) faults.push({ kind: 'wrong', object, detail: 'was not in the reply' });
    else {
      const differences = columns.flatMap((column, index) => difference(column, truth[index] ?? null, values[index] ?? null));
      if (differences.length > 0) faults.push({ kind: 'wrong', object, detail: differences.join(', ') });
    }
    seen.add(object);
  }
  for (const object of expected.keys()) {
    if (!seen.has(object)) faults.push({ kind: 'missing', object, detail: 'was in the reply' });
  }
  return faults;
}

function difference(column: string, expected: ExpectedValue, stored: string | null): string[] {
  if (isBetween(expected)) {
    if (stored === null && expected.orNull === true) return [];
    if (stored !== null && Number(stored) >= expected.min && Number(stored) <= expected.max) return [];
    return [`${column} is ${show(stored)} instead of a number from ${expected.min} to ${expected.max}`];
  }
  const truths = typeof expected === 'string' || expected === null ? [expected] : expected;
  if (truths.some((truth) => truth === stored)) return [];
  return [`${column} is ${show(stored)} instead of ${truths.map(show).join(' or ')}`];
}

function isBetween(expected: ExpectedValue): expected is Between {
  return typeof expected === 'object' && expected !== null && 'min' in expected;
}

function show(value: string | null): string {
  return value === null ? 'NULL' : JSON.stringify(value);
}
