import { ClickHouseError } from '@clickhouse/client';
import { describe, expect, it } from 'vitest';
import { asStoreError, StoreError } from './store-error.ts';

const clickHouse = (code: string, message = 'x'): ClickHouseError => new ClickHouseError({ code, message, type: 'SOME_TYPE' });

describe('asStoreError', () => {
  it.each([
    ['too many parts', '252', true],
    ['memory limit', '241', true],
    ['no space', '243', true],
    ['a table that is not there', '60', true],
    ['a wrong password', '516', true],
    ['rows that cannot be parsed', '27', false],
    ['a torn block', '33', false],
    ['a column too many', '16', false],
    ['a type that does not fit', '53', false],
  ])('tells whether to try again after %s', (_what, code, retryable) => {
    expect(asStoreError(clickHouse(code))).toMatchObject({ retryable, code: Number(code) });
  });

  it.each([
    ['a value that breaks a constraint', '469', true],
    ['a number that does not parse', '72', true],
    ['an element that the enum lacks', '691', true],
    ['a NULL where none may be', '349', true],
    ['a torn block', '33', true],
    ['a column that the table lacks', '16', false],
    ['the same, told as incorrect data', '117', false],
    ['a type that does not fit', '53', false],
    ['an unknown setting', '115', false],
    ['a missing right', '497', false],
    ['a read-only server', '164', false],
    ['too many parts', '252', false],
    ['no space', '243', false],
    ['memory limit', '241', false],
  ])('blames the values for %s: %s %s', (_what, code, blames) => {
    expect(asStoreError(clickHouse(code)).blamesValues).toBe(blames);
  });

  it('never blames the values without an answer', () => {
    expect(asStoreError(new Error('socket hang up')).blamesValues).toBe(false);
  });

  it('decides by code, whatever the text says', () => {
    expect(asStoreError(clickHouse('241', 'Code: 33. Cannot read all data')).retryable).toBe(true);
  });

  it('tries again where there was no answer, and keeps the cause', () => {
    const cause = new Error('connect ECONNREFUSED');
    const error = asStoreError(cause);
    expect(error).toMatchObject({ retryable: true, code: undefined, cause });
    expect(asStoreError(error)).toBe(error);
    expect(error).toBeInstanceOf(StoreError);
  });
});
