/** Reading of the simulator's command lines. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** The command line cannot be used; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Values of `--flag value` arguments. Throws UsageError for unknown flags and missing values. */
export function readFlags<const T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** A whole number within bounds; undefined stays undefined. Throws UsageError. */
export function wholeNumber<T extends string | undefined>(
  flag: string,
  text: T,
  least: number,
  most: number,
): number | Extract<T, undefined>;
export function wholeNumber(flag: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(`--${flag} ${text}: not a whole number from ${least} to ${most}`);
  }
  return value;
}

/** One of the known words. Throws UsageError. */
export function oneOf<T extends string>(flag: string, text: string, known: readonly T[]): T {
  const word = known.find((one) => one === text);
  if (word === undefined) throw new UsageError(`--${flag} ${text}: not one of ${known.join(', ')}`);
  return word;
}
