/** The `?` words of a print: each pushes a truth value on a stack or combines what is there; the rest is AND-ed. */
import type { Row } from '../dialects/forms.ts';

export type RowFilter = (row: Row) => boolean;

/**
 * The filter that query words (with their `?`) describe. Forms: `?name`, `?-name`, `?name=x`, `?=name=x`, `?<name=x`,
 * `?>name=x` and `?#` with `|`, `&`, `!`, `.` and stack indices. Source: the API page of the RouterOS manual.
 */
export function createRowFilter(words: readonly string[]): RowFilter {
  const steps = words.map(compile);
  return (row) => {
    let stack: boolean[] = [];
    for (const step of steps) stack = step(row, stack);
    return stack.every(Boolean);
  };
}

type Step = (row: Row, stack: boolean[]) => boolean[];

function compile(word: string): Step {
  const text = word.slice(1);
  if (text.startsWith('#')) return (_, stack) => operate(text.slice(1), stack);
  const test = compileTest(text);
  return (row, stack) => [...stack, test(row)];
}

function compileTest(text: string): RowFilter {
  if (text.startsWith('-')) return (row) => valueOf(row, text.slice(1)) === undefined;
  const operator = text[0] === '<' || text[0] === '>' || text[0] === '=' ? text[0] : '';
  const rest = text.slice(operator.length);
  const equals = rest.indexOf('=');
  if (equals < 0) return (row) => valueOf(row, rest) !== undefined;
  const name = rest.slice(0, equals);
  const wanted = rest.slice(equals + 1);
  return (row) => {
    const value = valueOf(row, name);
    if (value === undefined) return false;
    if (operator === '<') return compare(value, wanted) < 0;
    if (operator === '>') return compare(value, wanted) > 0;
    return value === wanted;
  };
}

function valueOf(row: Row, name: string): string | undefined {
  return row.find(([key]) => key === name)?.[1];
}

/** Numbers by value, everything else as text. */
function compare(a: string, b: string): number {
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) {
    const difference = BigInt(a) - BigInt(b);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * `!` negates the top, `&` and `|` combine the upper two. An index followed by another character pushes a copy of that
 * value (0 is the top), one at the end replaces the whole stack by it. `.` copies the top, after an index it only ends it.
 */
function operate(operations: string, before: readonly boolean[]): boolean[] {
  const stack = [...before];
  let index = '';
  let afterIndex = false;
  for (const sign of operations) {
    if (sign >= '0' && sign <= '9') {
      index += sign;
      continue;
    }
    if (index !== '') {
      stack.push(stack.at(-1 - Number(index)) ?? false);
      index = '';
      afterIndex = true;
    }
    if (sign === '!') stack.push(!(stack.pop() ?? false));
    else if (sign === '&' || sign === '|') {
      const upper = stack.pop() ?? false;
      const lower = stack.pop() ?? false;
      stack.push(sign === '&' ? lower && upper : lower || upper);
    } else if (sign === '.' && !afterIndex) stack.push(stack.at(-1) ?? false);
    afterIndex = false;
  }
  return index === '' ? stack : [stack.at(-1 - Number(index)) ?? false];
}
