/** Secrets in a configuration file: given as themselves, as files or as environment variables. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

/** What reading a configuration needs besides its text. */
export interface ConfigContext {
  /** Relative paths are relative to it. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes what is wrong, one line each. */
  readonly faults: string[];
}

/** A secret is given as itself, as a file or as an environment variable. */
export const secretKeys = (name: string, what: string) => ({
  [name]: z.string().min(1).optional().describe(what),
  [`${name}_file`]: z.string().min(1).optional().describe(`The same, as a file that holds nothing else`),
  [`${name}_env`]: z.string().min(1).optional().describe(`The same, as the name of an environment variable`),
});

/** A secret given as itself, as a file or as an environment variable: exactly one of the three when it is needed. */
export function secret(
  section: Readonly<Record<string, unknown>>,
  name: string,
  path: string,
  { folder, env, faults }: ConfigContext,
  needed = true,
): string | undefined {
  const given = [name, `${name}_file`, `${name}_env`].filter((key) => section[key] !== undefined);
  const [key] = given;
  if (key === undefined) {
    if (needed) faults.push(`${path}.${name}: missing; set ${path}.${name}_file, ${path}.${name}_env or ${path}.${name}`);
    return undefined;
  }
  if (given.length > 1) {
    faults.push(`${path}: set only one of ${given.join(', ')}`);
    return undefined;
  }
  const value = String(section[key]);
  if (key === name) return value;
  if (key === `${name}_env`) {
    const found = env[value];
    if (found === undefined || found === '') faults.push(`${path}.${key}: the environment variable ${value} is not set`);
    return found;
  }
  const text = fileText(value, `${path}.${key}`, { folder, env, faults });
  if (text?.includes('\n') === true)
    faults.push(`${path}.${key}: the file ${value} has more than one line; leave the secret alone in it`);
  return text;
}

/** The text of a file without the space around it; undefined, and a fault, when there is none. */
export function fileText(name: string, path: string, { folder, faults }: ConfigContext): string | undefined {
  try {
    const content = readFileSync(resolve(folder, name), 'utf8').trim();
    if (content === '') faults.push(`${path}: the file ${name} is empty`);
    return content;
  } catch (error) {
    faults.push(`${path}: the file ${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
