/** A fleet as a JSON file, for the verifier and everyone who wants to poll the simulated routers. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { BOARD_NAMES } from './boards/catalog.ts';
import { DIALECT_NAMES } from './dialects/dialect.ts';
import { SCENARIO } from './faults/scenario.ts';
import { type Fleet } from './fleet.ts';
import { TRANSPORTS } from './router-plan.ts';

const FLEET: z.ZodType<Fleet> = z.strictObject({
  seed: z.int(),
  startMs: z.int().nonnegative(),
  scenario: SCENARIO.optional(),
  routers: z
    .array(
      z.strictObject({
        index: z.int().nonnegative(),
        site: z.string().min(1),
        router: z.string().min(1),
        address: z.string().min(1),
        port: z.int().min(1).max(65_535),
        board: z.enum(BOARD_NAMES),
        dialect: z.enum(DIALECT_NAMES),
        user: z.string(),
        password: z.string(),
        refusesLogin: z.boolean(),
        transport: z.enum(TRANSPORTS).default('plain'),
      }),
    )
    .min(1),
});

/** Writes a fleet; a reader sees all of it or nothing. */
export async function writeFleet(file: string, fleet: Fleet): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(fleet, null, 1)}\n`);
  await rename(temporary, file);
}

/** Reads a fleet. Rejects with the file and the fault when it is not one. */
export async function readFleet(file: string): Promise<Fleet> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`Cannot read the fleet file ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const fleet = FLEET.safeParse(parsed);
  if (!fleet.success) throw new Error(`Cannot use the fleet file ${file}: ${z.prettifyError(fleet.error)}`);
  return fleet.data;
}
