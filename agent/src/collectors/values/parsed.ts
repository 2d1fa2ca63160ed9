/**
 * What a value parser returns: the value; undefined when the router says that there is none (`never`, `unknown`); NaN
 * when the text cannot be read. Every parser returns only what fits its column.
 */
export type Parsed = number | bigint | undefined;

/** Texts by which RouterOS says that a value does not exist. */
export function saysNone(text: string): boolean {
  return text === 'never' || text === 'none' || text === 'unknown' || text === 'n/a' || text === 'not-present';
}

export const U32_MAX = 0xffff_ffff;
export const U64_MAX = 0xffff_ffff_ffff_ffffn;
