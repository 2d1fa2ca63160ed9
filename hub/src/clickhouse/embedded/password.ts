import { randomBytes } from 'node:crypto';
import { chmod, link, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Name of the file in the data folder: the password and nothing else, readable by the hub's user alone. */
export const PASSWORD_FILE = 'clickhouse-password';

/** The engine's password: 32 random bytes in base64url, made at the first start and kept. */
export async function readOrCreatePassword(folder: string): Promise<string> {
  const path = join(folder, PASSWORD_FILE);
  const kept = await readPassword(path);
  if (kept !== undefined) return kept;
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(randomBytes(32).toString('base64url'));
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // Unlike a rename, a link never replaces the password that another process made meanwhile.
    await link(draft, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  const made = await readPassword(path);
  if (made === undefined) throw new Error(`Cannot read ${path}, which was just written`);
  return made;
}

/** The password in the file at `path`; undefined when there is none. Throws when it is not one that Poplar wrote. */
export async function readPassword(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  if (!/^[\w-]{20,}$/.test(text)) {
    throw new Error(
      `Cannot use the password in ${path}: it is not the one line that Poplar wrote; delete the file to have a new one made`,
    );
  }
  await chmod(path, 0o600);
  return text;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
