/** Secrets stand in the file itself, in a file of their own (`<key>_file`) or in an environment variable (`<key>_env`). */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** What the configuration takes from outside its own text. */
export interface Surroundings {
  /** Folder of the configuration file: relative paths start there. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Keys = Readonly<Record<string, unknown>>;

/**
 * Returns `keys` with `<key>` in place of its `_file` or `_env` form. Adds to `problems` when there is not exactly one
 * form or when it cannot be read; the secret is then a placeholder, so that the rest of the file can still be checked.
 */
export function resolveSecret(keys: Keys, key: string, path: string, surroundings: Surroundings, problems: string[]): Keys {
  const { [key]: value, [`${key}_file`]: file, [`${key}_env`]: variable, ...rest } = keys;
  const forms = `${path}.${key}, ${key}_file or ${key}_env`;
  const given = [value, file, variable].filter((form) => form !== undefined && form !== null).length;
  if (given !== 1) {
    problems.push(
      given === 0
        ? `${path}.${key}: is missing; set one of ${forms}`
        : `${path}.${key}: is given ${given} times; keep one of ${forms}`,
    );
    return { ...rest, [key]: 'missing' };
  }
  if (value !== undefined && value !== null) {
    if (typeof value === 'string') return keys;
    problems.push(`${path}.${key}: is not text; put it in quotes`);
    return { ...rest, [key]: 'missing' };
  }
  const found = typeof file === 'string' ? fromFile(file, surroundings) : fromVariable(variable, surroundings);
  if ('problem' in found) problems.push(`${path}.${key}_${typeof file === 'string' ? 'file' : 'env'}: ${found.problem}`);
  return { ...rest, [key]: 'secret' in found ? found.secret : 'missing' };
}

type Found = { readonly secret: string } | { readonly problem: string };

function fromFile(file: string, { folder }: Surroundings): Found {
  const path = resolve(folder, file);
  try {
    const secret = readFileSync(path, 'utf8').replace(/(\r?\n)+$/, '');
    if (secret === '') return { problem: `${path} is empty; write the secret into it` };
    if (secret.includes('\n')) return { problem: `${path} has more than one line; leave the secret alone in it` };
    return { secret };
  } catch (error) {
    return { problem: `cannot read ${path}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function fromVariable(variable: unknown, { env }: Surroundings): Found {
  if (typeof variable !== 'string' || variable === '') return { problem: 'names no environment variable; write its name' };
  const secret = env[variable];
  return secret === undefined || secret === ''
    ? { problem: `the environment variable ${variable} is not set; set it` }
    : { secret };
}
